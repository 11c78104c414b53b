namespace Daos.Fabric.Rpc.Swim;

/// <summary>Running totals of one failure detector. Written by its owner thread.</summary>
public sealed class SwimStatistics
{
    /// <summary>Members that this one pinged.</summary>
    public long Pings;

    /// <summary>Requests to ping that went to others.</summary>
    public long PingRequests;

    /// <summary>Pings on behalf of others.</summary>
    public long Relays;

    /// <summary>Members that this one was the first here to suspect, because they did not answer.</summary>
    public long Suspicions;

    /// <summary>Members held dead, by timeout or by hearsay.</summary>
    public long Deaths;

    /// <summary>Dead members that came back.</summary>
    public long Revivals;

    /// <summary>Suspicions about ourselves that we refuted.</summary>
    public long Refutations;

    /// <summary>Answers that took longer than two thirds of the ping timeout.</summary>
    public long Glitches;

    /// <summary>Times at which nothing at all was heard for two thirds of the suspicion timeout: our own network, not theirs.</summary>
    public long Outages;

    /// <summary>Times at which this thread came much too late to its own timer.</summary>
    public long Stalls;

    /// <summary>Messages that were not sent because too many waited.</summary>
    public long SendsDropped;

    /// <summary>Messages that were malformed, for another rank, or from nobody.</summary>
    public long MessagesIgnored;
}
