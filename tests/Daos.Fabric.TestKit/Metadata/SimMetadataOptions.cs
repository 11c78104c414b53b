namespace Daos.Fabric.TestKit.Metadata;

/// <summary>What goes wrong between a simulated metadata store and those who use it; nothing by default. May be changed while it runs.</summary>
public sealed class SimMetadataOptions
{
    /// <summary>A request and an answer each take up to so long, in ns.</summary>
    public long LatencyMaxNs { get; set; } = 1_000_000;

    /// <summary>A caller gives up waiting after so long, in ns.</summary>
    public long TimeoutNs { get; set; } = 500_000_000;

    /// <summary>Chance that a request never arrives.</summary>
    public double LostRequest { get; set; }

    /// <summary>Chance that an answer never arrives.</summary>
    public double LostAnswer { get; set; }

    /// <summary>Chance that a request arrives only after its sender gave up.</summary>
    public double LateRequest { get; set; }

    /// <summary>Chance with each request that the leader is lost: for a while nobody answers, then all leases start anew.</summary>
    public double LeaderChange { get; set; }

    /// <summary>How long there is no leader, in ns, at most.</summary>
    public long LeaderlessMaxNs { get; set; } = 2_000_000_000;

    /// <summary>Chance with each grant that the lease ends before its time.</summary>
    public double LostLease { get; set; }

    /// <summary>Chance with each request that history up to a random revision is compacted.</summary>
    public double Compaction { get; set; }

    /// <summary>Changes reach watches so late, in ns, at most.</summary>
    public long WatchDelayMaxNs { get; set; }
}
