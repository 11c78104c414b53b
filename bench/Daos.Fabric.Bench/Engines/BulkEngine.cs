using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Running;
using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;
using Daos.Fabric.Rpc.Requests;
using Daos.Fabric.Rpc.Services;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Bench.Engines;

/// <summary>
/// One-sided transfers that the engine starts: a write is a pull out of the slot's memory, a read a push into it. The blocks live in the
/// engine's self-test buffer, so size is bounded by it.
/// </summary>
internal sealed class BulkEngine(JobOptions options, int copy, OwnerLoop loop) : IoEngine(options, copy, loop)
{
    private const long BufferBytes = 128 << 20;

    private readonly RemoteClient _client = new(options, loop);
    private RpcEndpoint _endpoint = null!;

    internal override ShareableRegion? MakeRegion(long lengthBytes) => _client.MakeRegion(lengthBytes);

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal override async ValueTask PrepareAsync()
    {
        if (Options.Blocks * Options.BlockBytes * Options.Jobs > BufferBytes)
        {
            throw new OptionException($"size={Options.SizeBytes}: the jobs of ioengine=bulk share {BufferBytes >> 20} MiB in the engine");
        }

        _endpoint = await _client.EndpointAsync(0);
    }

    internal override ValueTask<DerCode> ReadAsync(IoSlot slot, long block) => TransferAsync(slot, block, read: true);

    internal override ValueTask<DerCode> WriteAsync(IoSlot slot, long block) => TransferAsync(slot, block, read: false);

    internal override ValueTask<AllocationMark> MarkAsync() => _client.MarkAsync();

    internal override EngineConnections Connections => _client.Connections;

    public override ValueTask DisposeAsync()
    {
        _client.Dispose();
        return base.DisposeAsync();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> TransferAsync(IoSlot slot, long block, bool read)
    {
        RpcCall call = _client.Context.Rpc.RentCall();
        DerCode code = await call.AdmitAsync(_endpoint, read ? SelfTestOpcodes.Push : SelfTestOpcodes.Pull, _client.DeadlineNs);
        if (code.IsSuccess)
        {
            FillRequest(call, slot, block, read);
            code = await call.SendAsync(SelfTestBulk.SizeBytes);
        }

        call.Free();
        return code;
    }

    private unsafe void FillRequest(RpcCall call, IoSlot slot, long block, bool read)
    {
        RemoteMemory memory = read
            ? call.Expose(slot.ReadAddress, slot.BlockBytes, MemoryAccess.RemoteWrite)
            : call.Expose(slot.WriteAddress, slot.BlockBytes, MemoryAccess.RemoteRead);
        long offset = ((Copy * Options.Blocks) + block) * Options.BlockBytes;
        new SelfTestBulk(memory, 0, offset, slot.BlockBytes, WantsChecksum: false).Write(call.BeginRequest(SelfTestBulk.SizeBytes));
    }
}
