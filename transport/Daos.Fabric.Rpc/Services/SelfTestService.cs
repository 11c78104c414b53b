using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Rpc.SelfTests;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Services;

/// <summary>
/// Answers the self-test module on one context: echo, bulk from and to a buffer of its own, whose pages cost nothing until they are
/// used, sessions, and runs for others. Owned by the context's loop.
/// </summary>
internal sealed class SelfTestService : IDisposable
{
    private readonly long _bufferBytes;
    private NativeSlab? _buffer;
    private bool _disposed;

    internal SelfTestService(RpcContext context, long bufferBytes)
    {
        _bufferBytes = bufferBytes;
        Sessions = new SelfTestSessions(bufferBytes);
        Master = new SelfTestMaster(context, bufferBytes);
        Protocol = new RpcProtocol(SelfTestOpcodes.ModuleId, SelfTestOpcodes.Version, "self-test",
        [
            new RpcOperation(SelfTestOpcodes.Echo.Index, "ECHO", SchedulingClass: 0, RpcFeatures.None, Echo),
            new RpcOperation(SelfTestOpcodes.Pull.Index, "PULL", SchedulingClass: 0, RpcFeatures.None, PullAsync),
            new RpcOperation(SelfTestOpcodes.Push.Index, "PUSH", SchedulingClass: 0, RpcFeatures.None, PushAsync),
            .. Sessions.Operations,
            .. Master.Operations,
        ]);
    }

    internal RpcProtocol Protocol { get; }

    internal SelfTestSessions Sessions { get; }

    internal SelfTestMaster Master { get; }

    /// <summary>A connection ended, and with it what its peer had here.</summary>
    internal void Reap(RpcSession owner)
    {
        Sessions.Reap(owner);
        Master.Reap(owner);
    }

    /// <summary>Frees the buffer; no transfer is under way any more.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Sessions.CloseAll();
            _buffer?.Dispose();
        }
    }

    private static ValueTask Echo(RpcRequest request)
    {
        request.Payload.CopyTo(request.BeginReply(request.PayloadBytes));
        request.EndReply(request.PayloadBytes, DerCode.Success);
        return default;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask PullAsync(RpcRequest request)
    {
        if (!SelfTestBulk.TryRead(request.Payload, _bufferBytes, out SelfTestBulk bulk))
        {
            request.Reply(DerCode.Invalid);
            return;
        }

        Answer(request, bulk, await TransferAsync(request, bulk, pull: true));
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask PushAsync(RpcRequest request)
    {
        if (!SelfTestBulk.TryRead(request.Payload, _bufferBytes, out SelfTestBulk bulk))
        {
            request.Reply(DerCode.Invalid);
            return;
        }

        Answer(request, bulk, await TransferAsync(request, bulk, pull: false));
    }

    private unsafe ValueTask<DerCode> TransferAsync(RpcRequest request, in SelfTestBulk bulk, bool pull) => pull
        ? request.PullAsync(bulk.Memory, bulk.OffsetBytes, AddressOf(bulk), bulk.LengthBytes)
        : request.PushAsync(bulk.Memory, bulk.OffsetBytes, AddressOf(bulk), bulk.LengthBytes);

    private unsafe void Answer(RpcRequest request, in SelfTestBulk bulk, DerCode code)
    {
        if (code.IsError)
        {
            request.Reply(code);
            return;
        }

        uint checksum = bulk.WantsChecksum ? Crc32C.Compute(new ReadOnlySpan<byte>(AddressOf(bulk), bulk.LengthBytes)) : 0;
        var writer = new WireWriter(request.BeginReply(SelfTestBulk.ReplyBytes));
        writer.WriteUInt32(checksum);
        writer.Align8();
        request.EndReply(writer.Position, DerCode.Success);
    }

    private unsafe byte* AddressOf(in SelfTestBulk bulk) => (_buffer ??= new NativeSlab(_bufferBytes, preferHugePages: true)).Address + bulk.ServerOffsetBytes;
}
