using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Running;
using Daos.Fabric.Reactor;
using Daos.Fabric.Rpc.Requests;
using Daos.Fabric.Rpc.Services;

namespace Daos.Fabric.Bench.Engines;

/// <summary>
/// Independent echo calls: the block goes to the engine inline and comes back, and is compared. Beside them connections may be idle and
/// transfers may go on.
/// </summary>
internal sealed class RpcEngine : IoEngine
{
    private const int EchoBytesMax = 19 * 1024;

    private readonly RemoteClient[] _clients;
    private readonly RpcEndpoint[] _endpoints;
    private readonly BulkBeside? _beside;
    private IdleConnections? _idle;

    internal RpcEngine(JobOptions options, int copy, OwnerLoop loop)
        : base(options, copy, loop)
    {
        _clients = new RemoteClient[options.Connections];
        for (int i = 0; i < _clients.Length; i++)
        {
            _clients[i] = new RemoteClient(options, loop);
        }

        _endpoints = new RpcEndpoint[_clients.Length];
        _beside = options.BulkBeside > 0 ? new BulkBeside(options.BulkBeside) : null;
    }

    internal override bool NeedsLayout => false;

    internal override long BesideBytes => _beside?.MovedBytes ?? 0;

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal override async ValueTask PrepareAsync()
    {
        if (Options.BlockBytes > EchoBytesMax)
        {
            throw new OptionException($"bs={Options.BlockBytes}: an echo carries at most {EchoBytesMax} bytes; use ioengine=bulk for more");
        }

        for (int i = 0; i < _clients.Length; i++)
        {
            _endpoints[i] = await _clients[i].EndpointAsync(0);
        }

        if (Options.IdleConnections > 0)
        {
            _idle = new IdleConnections(Options, Loop);
            await _idle.OpenAsync(_clients[0].Uri, Options.IdleConnections, _clients[0].DeadlineNs);
        }

        _beside?.Start(Loop, _clients, _endpoints);
    }

    // Reads and writes are the same round trip; a read stamps its block first, since nothing is stored.
    internal override ValueTask<DerCode> ReadAsync(IoSlot slot, long block)
    {
        BlockPattern.Stamp(slot.WriteSpan, block, 0, Options.VerifyCrc32C);
        return EchoAsync(slot);
    }

    internal override ValueTask<DerCode> WriteAsync(IoSlot slot, long block) => EchoAsync(slot);

    internal override ValueTask<AllocationMark> MarkAsync() => _clients[0].MarkAsync();

    internal override EngineConnections Connections => _clients[0].Connections;

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public override async ValueTask DisposeAsync()
    {
        DerCode besideFailure = DerCode.Success;
        if (_beside is not null)
        {
            await _beside.StopAsync(_clients[0], _endpoints[0]);
            besideFailure = _beside.Failure;
            _beside.Dispose();
        }

        int idle = _idle?.OpenCount ?? 0;
        _idle?.Dispose();
        foreach (RemoteClient client in _clients)
        {
            client.Dispose();
        }

        await base.DisposeAsync();
        if (besideFailure.IsError)
        {
            throw new DaosException(besideFailure, "transfer beside the calls", Options.Uri ?? "");
        }

        if (idle != Options.IdleConnections)
        {
            throw new DaosException(DerCode.Unreachable, "keep idle connections", Options.Uri ?? "", $"{idle} of {Options.IdleConnections} were open at the end");
        }
    }

    // A call that may be sent at once is awaited by the slot itself; only one that waits for a credit needs a method of its own.
    private ValueTask<DerCode> EchoAsync(IoSlot slot)
    {
        int way = _clients.Length == 1 ? 0 : slot.Index % _clients.Length;
        RemoteClient client = _clients[way];
        RpcCall call = client.Context.Rpc.RentCall();
        slot.Held = call;
        ValueTask<DerCode> admitted = call.AdmitAsync(_endpoints[way], SelfTestOpcodes.Echo, client.DeadlineNs);
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
