using System.Buffers.Binary;
using Daos.Fabric.Rpc.Bulk;
using Daos.Fabric.Rpc.Groups;

namespace Daos.Fabric.Rpc.Tests.Kills;

/// <summary>What ranks of the kill matrix do for each other. Owned by the rank's loop.</summary>
internal sealed class KillService(KillRank rank)
{
    internal static readonly RpcOpcode Hello = Of(0);
    internal static readonly RpcOpcode GetAll = Of(1);
    internal static readonly RpcOpcode PutAll = Of(2);
    internal static readonly RpcOpcode Pass = Of(3);

    /// <summary>What every block is filled with before it is lent to be read.</summary>
    internal const byte Content = 0x5A;

    internal RpcProtocol Protocol => new(0x52, 1, "kill",
    [
        new RpcOperation(Hello.Index, "HELLO", 0, RpcFeatures.None, HelloAsync),
        new RpcOperation(GetAll.Index, "GET", 0, RpcFeatures.None, request => MoveAsync(request, isGet: true)),
        new RpcOperation(PutAll.Index, "PUT", 0, RpcFeatures.None, request => MoveAsync(request, isGet: false)),
        new RpcOperation(Pass.Index, "PASS", 0, RpcFeatures.None, PassAsync),
    ]);

    internal KillMemory Memory { get; } = new();

    /// <summary>Ranks that said where they are.</summary>
    internal List<GroupMember> Met { get; } = [];

    /// <summary>Transfers that ended well although the bytes were not those that were lent.</summary>
    internal int WrongBytes { get; private set; }

    private static RpcOpcode Of(ushort index) => RpcOpcode.Create(0x52, 1, index);

    private ValueTask HelloAsync(RpcRequest request)
    {
        Met.Add(new GroupMember(request.Source, TransportUri.Parse(System.Text.Encoding.UTF8.GetString(request.Payload))));
        request.Reply(DerCode.Success);
        return default;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask MoveAsync(RpcRequest request, bool isGet)
    {
        if (!TryRead(request, 0, out RemoteBulk bulk))
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        NativeBlock block = Memory.Take();
        block.Span.Fill(isGet ? (byte)0 : Content);
        DerCode code = await Move(request, bulk, block, isGet).Task;
        WrongBytes += isGet && code.IsSuccess && block.Span.ContainsAnyExcept(Content) ? 1 : 0;
        Memory.Return(block);
        request.Reply(code);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask PassAsync(RpcRequest request)
    {
        if (!TryRead(request, 8, out RemoteBulk bulk))
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        RpcEndpoint to = rank.Context.EndpointOf(new Rank(BinaryPrimitives.ReadUInt32LittleEndian(request.Payload)), 0);
        RpcCall call = request.Context.RentCall();
        DerCode code = await call.AdmitAsync(to, GetAll, request.DeadlineNs);
        if (code.IsSuccess)
        {
            DerResult<BulkForward> forward = await BulkForward.BeginAsync(request, bulk, call, to);
            code = forward.Code;
            if (forward.IsSuccess)
            {
                forward.Value.Write(call.BeginRequest(forward.Value.SizeBytes));
                code = await call.SendAsync(forward.Value.SizeBytes);
                code = await forward.Value.EndAsync(code, 0);
            }
        }

        call.Free();
        request.Reply(code);
    }

    private static unsafe bool TryRead(RpcRequest request, int offsetBytes, out RemoteBulk bulk) =>
        RemoteBulk.TryRead(request.PayloadAddress + offsetBytes, request.PayloadBytes - offsetBytes, out bulk);

    private static unsafe BulkTransfer Move(RpcRequest request, RemoteBulk bulk, NativeBlock block, bool isGet)
    {
        long bytes = Math.Min(bulk.LengthBytes, block.LengthBytes);
        return isGet ? request.Get(bulk, 0, block.Address, bytes) : request.Put(bulk, 0, block.Address, bytes);
    }
}
