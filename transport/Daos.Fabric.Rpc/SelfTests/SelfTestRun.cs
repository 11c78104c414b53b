using Daos.Fabric.Core.Metrics;
using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Rpc.Services;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>
/// Measures: opens a session at every endpoint, keeps so many calls under way until all are done, closes the sessions. The tool runs it on
/// its own loop, an engine for whoever asked it to be the caller. Owned by the context's loop; used once.
/// </summary>
public sealed class SelfTestRun
{
    private readonly RpcContext _context;
    private readonly SelfTestPlan _plan;
    private readonly SelfTestPeer[] _peers;
    private readonly SelfTestSlot[] _slots;
    private long _issued;
    private long _limit;
    private bool _isCounted;
    private bool _stopped;

    /// <param name="context">Makes the calls.</param>
    /// <param name="plan">What to do; valid.</param>
    /// <param name="endpoints">Where to; at least one, at most <see cref="SelfTestLimits.EndpointsMax"/>.</param>
    /// <param name="memory"><see cref="SelfTestPlan.MemoryBytes"/> of native memory, 64-byte aligned; the run's until <see cref="RunAsync"/> ends.</param>
    /// <exception cref="DaosException">DER_AGAIN: too many bulk regions are in use.</exception>
    public unsafe SelfTestRun(RpcContext context, SelfTestPlan plan, IReadOnlyList<RpcEndpoint> endpoints, byte* memory)
    {
        if (!plan.IsValid)
        {
            throw new ArgumentException("a size or count is out of range", nameof(plan));
        }

        ArgumentOutOfRangeException.ThrowIfZero(endpoints.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(endpoints.Count, SelfTestLimits.EndpointsMax);
        _context = context;
        _plan = plan;
        _peers = [.. endpoints.Select(static e => new SelfTestPeer(e))];
        _slots = new SelfTestSlot[plan.InFlight];
        for (int i = 0; i < _slots.Length; i++)
        {
            _slots[i] = new SelfTestSlot(context, plan.Shape, memory + (i * SelfTestRequest.MemoryBytes(plan.Shape)));
        }
    }

    private long DeadlineNs => _context.Loop.NowNs + (_plan.CallTimeoutMs * 1_000_000L);

    /// <summary>
    /// Runs it to its end. Calls that fail are counted; an endpoint that is lost is not called any more. The result says all there is to say.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<SelfTestResult> RunAsync()
    {
        _context.Loop.Assert();
        foreach (SelfTestPeer peer in _peers)
        {
            await OpenAsync(peer);
        }

        if (_plan.WarmUp > 0)
        {
            await MakeCallsAsync(_plan.WarmUp);
        }

        _isCounted = true;
        long startNs = _context.Loop.Clock.MonotonicNs;
        await MakeCallsAsync(_plan.Repetitions);
        long elapsedNs = _context.Loop.Clock.MonotonicNs - startNs;
        foreach (SelfTestPeer peer in _peers)
        {
            await CloseAsync(peer);
        }

        foreach (SelfTestSlot slot in _slots)
        {
            slot.Free();
        }

        return Summarise(elapsedNs);
    }

    /// <summary>Makes no further call and gives up those under way (DER_CANCELED); <see cref="RunAsync"/> ends soon.</summary>
    public void Stop()
    {
        _context.Loop.Assert();
        _stopped = true;
        foreach (SelfTestSlot slot in _slots)
        {
            slot.Call?.Cancel();
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask OpenAsync(SelfTestPeer peer)
    {
        if (_stopped)
        {
            peer.Fail(DerCode.Canceled);
            return;
        }

        RpcCall call = _context.RentCall();
        DerCode code = await call.AdmitAsync(peer.Endpoint, SelfTestOpcodes.Open, DeadlineNs);
        if (code.IsSuccess)
        {
            code = await call.SendAsync(WriteOpen(call));
        }

        if (code.IsSuccess)
        {
            peer.Session = SelfTestRequest.SessionOf(call.Reply);
            code = peer.Session == 0 ? DerCode.Protocol : code;
        }

        call.Free();
        if (code.IsError)
        {
            peer.Fail(code);
        }
    }

    private int WriteOpen(RpcCall call)
    {
        var writer = new WireWriter(call.BeginRequest(SelfTestShape.SizeBytes + 8));
        _plan.Shape.Write(ref writer);
        writer.WriteUInt16((ushort)_plan.InFlight);
        writer.Align8();
        return writer.Position;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask CloseAsync(SelfTestPeer peer)
    {
        // The session ends with its connection if this does not reach it.
        if (peer.Session == 0 || !peer.Endpoint.IsOpen)
        {
            return;
        }

        RpcCall call = _context.RentCall();
        DerCode code = await call.AdmitAsync(peer.Endpoint, SelfTestOpcodes.Close, DeadlineNs);
        if (code.IsSuccess)
        {
            var writer = new WireWriter(call.BeginRequest(SelfTestRequest.HeadBytes));
            writer.WriteUInt32(peer.Session);
            writer.Align8();
            await call.SendAsync(writer.Position);
        }

        call.Free();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask MakeCallsAsync(long count)
    {
        _issued = 0;
        _limit = count;
        var all = new CollectiveJoin();
        all.Start(_context.Loop, _slots.Length);
        foreach (SelfTestSlot slot in _slots)
        {
            _context.Loop.Spawn(MakeCallsAsync(slot, all));
        }

        all.Arrive();
        await all.TaskWithoutResult;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask MakeCallsAsync(SelfTestSlot slot, CollectiveJoin all)
    {
        try
        {
            while (Next() is { } peer)
            {
                long startNs = _context.Loop.Clock.MonotonicNs;
                DerCode code = await CallAsync(slot, peer);
                peer.Ended(code, _context.Loop.Clock.MonotonicNs - startNs, _isCounted);
            }
        }
        finally
        {
            all.Arrive();
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> CallAsync(SelfTestSlot slot, SelfTestPeer peer)
    {
        RpcCall call = _context.RentCall();
        slot.Call = call;
        call.RangesReserved = slot.Ranges(_context.Options.EagerBytesMax);
        DerCode code = await call.AdmitAsync(peer.Endpoint, SelfTestOpcodes.Call, DeadlineNs);
        if (code.IsSuccess)
        {
            code = await slot.SendAsync(call, peer);
        }

        if (code.IsSuccess && call.ReplyBytes != _plan.Shape.InlineReplyBytes)
        {
            code = DerCode.Protocol;
        }

        slot.Call = null;
        call.Free();
        return code;
    }

    // Endpoints take turns; those of a lost one are left out and counted at the end.
    private SelfTestPeer? Next()
    {
        while (_issued < _limit && !_stopped)
        {
            SelfTestPeer peer = _peers[_issued % _peers.Length];
            _issued++;
            if (!peer.IsLost)
            {
                return peer;
            }

            if (Array.TrueForAll(_peers, static p => p.IsLost))
            {
                _issued = _limit;
            }
        }

        return null;
    }

    private SelfTestResult Summarise(long elapsedNs)
    {
        var latency = new Histogram();
        var endpoints = new SelfTestSummary[_peers.Length];
        long failed = 0;
        long notMade = 0;
        DerCode firstFailure = DerCode.Success;
        for (int i = 0; i < _peers.Length; i++)
        {
            SelfTestPeer peer = _peers[i];
            long share = (_plan.Repetitions / _peers.Length) + (i < _plan.Repetitions % _peers.Length ? 1 : 0);
            endpoints[i] = peer.Summarise(share);
            latency.Merge(peer.Latency);
            failed += peer.Failed;
            notMade += endpoints[i].NotMade;
            firstFailure = firstFailure.IsError ? firstFailure : peer.FirstFailure;
        }

        return new SelfTestResult(elapsedNs, SelfTestSummary.Of(latency, failed, notMade, firstFailure), endpoints);
    }
}
