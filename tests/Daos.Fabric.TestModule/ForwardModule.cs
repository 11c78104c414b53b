using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Core.Threading;
using Daos.Fabric.Engine.Hosting;
using Daos.Fabric.Engine.Modules;
using Daos.Fabric.Rpc;
using Daos.Fabric.Rpc.Bulk;
using Daos.Fabric.Rpc.Dispatch;
using Daos.Fabric.Rpc.Requests;

namespace Daos.Fabric.TestModule;

/// <summary>
/// Moves a caller's memory, or lets another rank do it: USE (0) reads or fills what the handle names, PASS (1) hands the handle to the rank
/// named. A request begins with 8 bytes: rank (4), what (1): 1 get, 2 put; relay (1): 1 stand between in any case; 0 (2). The reply of both:
/// CRC-32C of the bytes (4), 1 when a rank stood between (4).
/// </summary>
public sealed class ForwardModule : EngineModule
{
    /// <summary>Its number in opcodes: far from DAOS's.</summary>
    public const byte ModuleId = 201;

    /// <summary>Handles are at most this long.</summary>
    public const int BytesMax = 1 << 20;

    private const int HeadBytes = 8;
    private const int ReplyBytes = 8;

    /// <inheritdoc/>
    public override string Name => "forwarding";

    /// <inheritdoc/>
    public override byte Id => ModuleId;

    /// <inheritdoc/>
    public override object? CreateXstreamState(EngineXstream xstream) => new NativeSlab(BytesMax);

    /// <inheritdoc/>
    public override IReadOnlyList<RpcProtocol> CreateProtocols(EngineXstream xstream, object? state) =>
    [
        new RpcProtocol(Id, 1, Name,
        [
            new RpcOperation(0, "USE", 0, RpcFeatures.None, request => UseAsync(request, (NativeSlab)state!)),
            new RpcOperation(1, "PASS", 0, RpcFeatures.None, PassAsync),
        ]),
    ];

    /// <summary>The bytes that a put writes.</summary>
    public static void Fill(Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(i * 31);
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private static async ValueTask UseAsync(RpcRequest request, NativeSlab memory)
    {
        if (!TryRead(request, out RemoteBulk bulk))
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        bool isGet = request.Payload[4] == 1;
        DerCode code = await MoveAsync(request, bulk, memory, isGet);
        Answer(request, code, code.IsSuccess ? ChecksumOf(memory, (int)bulk.LengthBytes) : 0, isRelayed: false);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private static async ValueTask PassAsync(RpcRequest request)
    {
        if (!TryRead(request, out RemoteBulk bulk))
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        RpcEndpoint third = request.Context.EndpointOf(new Rank(MemoryMarshal.Read<uint>(request.Payload)), request.Tag);
        bool isGet = request.Payload[4] == 1;
        RpcCall call = request.Context.RentCall();
        DerCode code = await call.AdmitAsync(third, UseOpcode, request.DeadlineNs);
        uint checksum = 0;
        bool isRelayed = false;
        if (code.IsSuccess)
        {
            DerResult<BulkForward> forward = await BulkForward.BeginAsync(request, bulk, call, third, relay: request.Payload[5] == 1);
            code = forward.Code;
            if (forward.IsSuccess)
            {
                isRelayed = forward.Value.IsRelayed;
                code = await call.SendAsync(Write(request, call, forward.Value));
                checksum = code.IsSuccess ? MemoryMarshal.Read<uint>(call.Reply) : 0;
                code = await forward.Value.EndAsync(code, isGet ? 0 : bulk.LengthBytes);
            }
        }

        call.Free();
        Answer(request, code, checksum, isRelayed);
    }

    private static RpcOpcode UseOpcode => RpcOpcode.Create(ModuleId, 1, 0);

    private static int Write(RpcRequest request, RpcCall call, BulkForward forward)
    {
        Span<byte> room = call.BeginRequest(HeadBytes + forward.SizeBytes);
        request.Payload[..HeadBytes].CopyTo(room);
        forward.Write(room[HeadBytes..]);
        return HeadBytes + forward.SizeBytes;
    }

    private static unsafe bool TryRead(RpcRequest request, out RemoteBulk bulk)
    {
        bulk = default;
        return request.PayloadBytes > HeadBytes
            && RemoteBulk.TryRead(request.PayloadAddress + HeadBytes, request.PayloadBytes - HeadBytes, out bulk)
            && bulk.LengthBytes <= BytesMax;
    }

    private static unsafe ValueTask<DerCode> MoveAsync(RpcRequest request, RemoteBulk bulk, NativeSlab memory, bool isGet)
    {
        if (isGet)
        {
            return request.Get(bulk, 0, memory.Address, bulk.LengthBytes).Task;
        }

        Fill(new Span<byte>(memory.Address, (int)bulk.LengthBytes));
        return request.Put(bulk, 0, memory.Address, bulk.LengthBytes).Task;
    }

    private static unsafe uint ChecksumOf(NativeSlab memory, int lengthBytes) => Crc32C.Compute(new ReadOnlySpan<byte>(memory.Address, lengthBytes));

    private static void Answer(RpcRequest request, DerCode code, uint checksum, bool isRelayed)
    {
        Span<byte> room = request.BeginReply(ReplyBytes);
        MemoryMarshal.Write(room, checksum);
        MemoryMarshal.Write(room[sizeof(uint)..], isRelayed ? 1u : 0);
        request.EndReply(ReplyBytes, code);
    }
}
