using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Running;
using Daos.Fabric.Reactor;
using Daos.Fabric.Rpc.Requests;
using Daos.Fabric.Rpc.Services;

namespace Daos.Fabric.Bench.Engines;

/// <summary>Independent echo calls: the block goes to the engine inline and comes back, and is compared.</summary>
internal sealed class RpcEngine(JobOptions options, int copy, OwnerLoop loop) : IoEngine(options, copy, loop)
{
    private const int EchoBytesMax = 19 * 1024;

    private readonly RemoteClient _client = new(options, loop);
    private RpcEndpoint _endpoint = null!;

    internal override bool NeedsLayout => false;

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal override async ValueTask PrepareAsync()
    {
        if (Options.BlockBytes > EchoBytesMax)
        {
            throw new OptionException($"bs={Options.BlockBytes}: an echo carries at most {EchoBytesMax} bytes; use ioengine=bulk for more");
        }

        _endpoint = await _client.EndpointAsync(0);
    }

    // Reads and writes are the same round trip; a read stamps its block first, since nothing is stored.
    internal override ValueTask<DerCode> ReadAsync(IoSlot slot, long block)
    {
        BlockPattern.Stamp(slot.WriteSpan, block, 0, Options.VerifyCrc32C);
        return EchoAsync(slot);
    }

    internal override ValueTask<DerCode> WriteAsync(IoSlot slot, long block) => EchoAsync(slot);

    internal override ValueTask<AllocationMark> MarkAsync() => _client.MarkAsync();

    public override ValueTask DisposeAsync()
    {
        _client.Dispose();
        return base.DisposeAsync();
    }

    // A call that may be sent at once is awaited by the slot itself; only one that waits for a credit needs a method of its own.
    private ValueTask<DerCode> EchoAsync(IoSlot slot)
    {
        RpcCall call = _client.Context.Rpc.RentCall();
        slot.Held = call;
        ValueTask<DerCode> admitted = call.AdmitAsync(_endpoint, SelfTestOpcodes.Echo, _client.DeadlineNs);
        return admitted.IsCompletedSuccessfully ? SendAsync(slot, call, admitted.Result) : EchoLaterAsync(slot, call, admitted);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> EchoLaterAsync(IoSlot slot, RpcCall call, ValueTask<DerCode> admitted) =>
        await SendAsync(slot, call, await admitted);

    private static ValueTask<DerCode> SendAsync(IoSlot slot, RpcCall call, DerCode admitted)
    {
        if (admitted.IsError)
        {
            return new ValueTask<DerCode>(admitted);
        }

        slot.WriteSpan.CopyTo(call.BeginRequest(slot.BlockBytes));
        return call.SendAsync(slot.BlockBytes);
    }

    // What came back must be what was sent.
    internal override DerCode Finish(IoSlot slot, DerCode code)
    {
        var call = (RpcCall)slot.Held!;
        slot.Held = null;
        if (code.IsSuccess && !call.Reply.SequenceEqual(slot.WriteSpan))
        {
            code = DerCode.Checksum;
        }

        call.Free();
        return code;
    }

    internal override bool Check(IoSlot slot, long block) => true;
}
