using Daos.Fabric.Rpc.Bulk;

namespace Daos.Fabric.Rpc.Tests.Bulk;

/// <summary>One operation that does with a handle what the test wants, and one that forwards it to another rank.</summary>
internal sealed class BulkService
{
    internal static readonly RpcOpcode Use = RpcOpcode.Create(0x51, 1, 0);
    internal static readonly RpcOpcode Pass = RpcOpcode.Create(0x51, 1, 1);

    internal RpcProtocol Protocol => new(0x51, 1, "bulk",
    [
        new RpcOperation(Use.Index, "USE", 0, RpcFeatures.None, UseAsync),
        new RpcOperation(Pass.Index, "PASS", 0, RpcFeatures.None, PassAsync),
    ]);

    internal Func<RpcRequest, RemoteBulk, BulkTransfer> Next { get; set; } = (_, _) => default;

    /// <summary>Changes (or looks at) the handle before it is used.</summary>
    internal Action<byte[]>? Forge { get; set; }

    internal bool Started { get; private set; }

    /// <summary>Where <see cref="Pass"/> goes.</summary>
    internal RpcEndpoint? PassTo { get; set; }

    internal bool AlwaysRelay { get; set; }

    /// <summary>What the last pass did.</summary>
    internal bool? WasRelayed { get; private set; }

    internal long WrittenBytes { get; set; }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask UseAsync(RpcRequest request)
    {
        if (!Read(request, out RemoteBulk bulk))
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        BulkTransfer transfer = Next(request, bulk);
        Started = true;
        request.Reply(await transfer.Task);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask PassAsync(RpcRequest request)
    {
        if (!Read(request, out RemoteBulk bulk))
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        RpcCall call = request.Context.RentCall();
        DerCode code = await call.AdmitAsync(PassTo!, Use, request.DeadlineNs);
        if (code.IsSuccess)
        {
            DerResult<BulkForward> forward = await BulkForward.BeginAsync(request, bulk, call, PassTo!, AlwaysRelay);
            code = forward.Code;
            if (forward.IsSuccess)
            {
                WasRelayed = forward.Value.IsRelayed;
                forward.Value.Write(call.BeginRequest(forward.Value.SizeBytes));
                code = await call.SendAsync(forward.Value.SizeBytes);
                code = await forward.Value.EndAsync(code, WrittenBytes);
            }
        }

        call.Free();
        request.Reply(code);
    }

    private unsafe bool Read(RpcRequest request, out RemoteBulk bulk)
    {
        if (Forge is { } forge)
        {
            byte[] bytes = request.Payload.ToArray();
            forge(bytes);
            bytes.CopyTo(new Span<byte>(request.PayloadAddress, request.PayloadBytes));
        }

        return RemoteBulk.TryRead(request.PayloadAddress, request.PayloadBytes, out bulk);
    }
}
