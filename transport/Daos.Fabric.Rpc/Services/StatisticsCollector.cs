using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Services;

/// <summary>
/// Asks every context of the process for its figures, each on its own loop, and waits at most
/// <see cref="RpcLimits.StatisticsWaitNs"/>. Everything is reused, so that measuring allocations allocates nothing. Owned by one loop.
/// </summary>
internal sealed class StatisticsCollector : PooledOperation<DerCode>
{
    private readonly List<StatisticsProbe> _probes = [];
    private readonly DeadlineTimer _deadline;
    private bool _isBusy;
    private int _missing;

    internal StatisticsCollector(RpcContext context)
    {
        Context = context;
        _deadline = new DeadlineTimer(this);
    }

    internal RpcContext Context { get; }

    internal int ReplyBytesMax => ProcessStatisticsReply.HeadBytes + (_probes.Count * ProcessStatisticsReply.ThreadBytes);

    /// <summary>Starts a collection; false while another one is under way. Its task is to be awaited and its result written.</summary>
    internal bool TryStart()
    {
        if (_isBusy)
        {
            return false;
        }

        _isBusy = true;
        Begin(Context.Loop);
        TakeUpContexts();
        _missing = 0;
        foreach (StatisticsProbe probe in _probes)
        {
            bool sent = probe.TrySend();
            _missing += sent && !probe.IsAnswered ? 1 : 0;
        }

        if (_missing == 0)
        {
            Complete(DerCode.Success);
        }
        else
        {
            Context.Loop.Reactor.Timers.Arm(_deadline, Context.Loop.NowNs + RpcLimits.StatisticsWaitNs);
        }

        return true;
    }

    /// <summary>A probe came home, perhaps after its collection ended.</summary>
    internal void Answered(StatisticsProbe probe)
    {
        if (!IsPending)
        {
            return;
        }

        probe.IsAnswered = true;
        if (--_missing == 0)
        {
            Context.Loop.Reactor.Timers.Disarm(_deadline);
            Complete(DerCode.Success);
        }
    }

    /// <summary>Fills a reply and ends the collection.</summary>
    internal int Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        int answered = 0;
        long total = 0;
        for (int i = 0; i < _probes.Count; i++)
        {
            answered += _probes[i].IsAnswered ? 1 : 0;
            total += _probes[i].IsAnswered && IsFirstOfThread(i) ? _probes[i].AllocatedBytes : 0;
        }

        writer.WriteUInt32((uint)answered);
        writer.WriteUInt32((uint)(_probes.Count - answered));
        writer.WriteUInt64((ulong)total);
        foreach (StatisticsProbe probe in _probes)
        {
            if (probe.IsAnswered)
            {
                writer.WriteUInt64((ulong)probe.ThreadId);
                writer.WriteUInt64((ulong)probe.AllocatedBytes);
                writer.WriteUInt64((ulong)probe.RequestsReceived);
                writer.WriteUInt64((ulong)probe.RepliesSent);
                writer.WriteUInt64((ulong)probe.Connections);
                writer.WriteUInt64((ulong)probe.ConnectionBytes);
                writer.WriteUInt64((ulong)probe.ConnectionBytesMax);
            }
        }

        _isBusy = false;
        return writer.Position;
    }

    /// <inheritdoc/>
    protected override void Release()
    {
    }

    private void TakeUpContexts()
    {
        if (Context.Options.Node is not { } node)
        {
            if (_probes.Count == 0)
            {
                _probes.Add(new StatisticsProbe(this, Context));
            }

            return;
        }

        // Contexts come at start-up and go at shutdown; a probe that is away returns to a collector that has forgotten it.
        ReadOnlySpan<RpcContext> contexts = node.Contexts;
        bool same = contexts.Length == _probes.Count;
        for (int i = 0; same && i < contexts.Length; i++)
        {
            same = ReferenceEquals(contexts[i], _probes[i].Target);
        }

        if (!same)
        {
            _probes.Clear();
            foreach (RpcContext context in contexts)
            {
                _probes.Add(new StatisticsProbe(this, context));
            }
        }
    }

    // Several loops may share one thread; its bytes count once.
    private bool IsFirstOfThread(int index)
    {
        for (int i = 0; i < index; i++)
        {
            if (_probes[i].IsAnswered && _probes[i].ThreadId == _probes[index].ThreadId)
            {
                return false;
            }
        }

        return true;
    }

    private void TimedOut()
    {
        if (IsPending)
        {
            Complete(DerCode.TimedOut);
        }
    }

    private sealed class DeadlineTimer(StatisticsCollector collector) : TimerNode
    {
        protected override void Expire() => collector.TimedOut();
    }
}
