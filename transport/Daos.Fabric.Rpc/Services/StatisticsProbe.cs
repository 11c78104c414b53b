namespace Daos.Fabric.Rpc.Services;

/// <summary>
/// Visits one context of the process on its own loop, notes figures there, and comes home. One turn belongs to the visited loop, the rest
/// to the collector's.
/// </summary>
internal sealed class StatisticsProbe : WorkItem
{
    private readonly StatisticsCollector _collector;
    private readonly HomeItem _home;

    internal StatisticsProbe(StatisticsCollector collector, RpcContext target)
    {
        _collector = collector;
        Target = target;
        _home = new HomeItem(this);
    }

    internal RpcContext Target { get; }

    /// <summary>On its way; it is not used again before it came home.</summary>
    internal bool IsAway { get; private set; }

    /// <summary>The answer belongs to the collection under way.</summary>
    internal bool IsAnswered { get; set; }

    internal int ThreadId { get; private set; }

    internal long AllocatedBytes { get; private set; }

    internal long RequestsReceived { get; private set; }

    internal long RepliesSent { get; private set; }

    internal int Connections { get; private set; }

    internal long ConnectionBytes { get; private set; }

    internal long ConnectionBytesMax { get; private set; }

    /// <summary>Sends it; false when it is still away or the loop's inbox is full.</summary>
    internal bool TrySend()
    {
        IsAnswered = false;
        if (IsAway)
        {
            return false;
        }

        if (ReferenceEquals(Target.Loop, OwnerThread.Current))
        {
            Note();
            IsAnswered = true;
            return true;
        }

        IsAway = Target.Loop.TryPost(this);
        return IsAway;
    }

    /// <summary>On the visited loop.</summary>
    protected override void Execute()
    {
        Note();
        GoHome();
    }

    private void Note()
    {
        ThreadId = Environment.CurrentManagedThreadId;
        AllocatedBytes = GC.GetAllocatedBytesForCurrentThread();
        RequestsReceived = Target.Statistics.RequestsReceived;
        RepliesSent = Target.Statistics.RepliesSent;
        Connections = 0;
        ConnectionBytes = ConnectionBytesMax = 0;
        foreach (TransportContext transport in Target.Transports)
        {
            TransportStatistics figures = transport.Statistics;
            Connections += figures.Connections;
            ConnectionBytes += figures.MemoryBytes;
            ConnectionBytesMax += figures.MemoryLimitBytes;
        }
    }

    private void GoHome()
    {
        if (!_collector.Context.Loop.TryPost(_home))
        {
            // The inbox at home is full: try again in a later turn.
            Target.Loop.Schedule(this);
        }
    }

    private void CameHome()
    {
        IsAway = false;
        _collector.Answered(this);
    }

    private sealed class HomeItem(StatisticsProbe probe) : WorkItem
    {
        protected override void Execute() => probe.CameHome();
    }
}
