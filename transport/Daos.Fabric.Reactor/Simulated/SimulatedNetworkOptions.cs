namespace Daos.Fabric.Reactor.Simulated;

/// <summary>How the simulated network behaves; may be changed between steps. Times are virtual ns, chances 0 to 1.</summary>
public sealed class SimulatedNetworkOptions
{
    /// <summary>Shortest time from one end to the other.</summary>
    public long DelayMinNs { get; set; } = 5_000;

    /// <summary>Longest ordinary time from one end to the other.</summary>
    public long DelayMaxNs { get; set; } = 60_000;

    /// <summary>Chance that a segment takes up to <see cref="SlowDelayMaxNs"/> instead.</summary>
    public double SlowChance { get; set; } = 0.01;

    /// <summary>Longest time of a slow segment.</summary>
    public long SlowDelayMaxNs { get; set; } = 20_000_000;

    /// <summary>Chance that a send takes only a part although there is room.</summary>
    public double ShortSendChance { get; set; } = 0.1;

    /// <summary>Chance that a receive gets only a part of what is there.</summary>
    public double ShortReceiveChance { get; set; } = 0.1;

    /// <summary>Chance per send that what it took arrives in up to four pieces at different times.</summary>
    public double SplitChance { get; set; } = 0.2;

    /// <summary>Chance per send that the connection breaks with a reset.</summary>
    public double ResetChance { get; set; }

    /// <summary>Chance per send that the connection is lost: nothing passes any more, and the end that has something to say times out.</summary>
    public double LossChance { get; set; }

    /// <summary>What may happen to single messages (<see cref="SimulatedNetwork.Post"/>); streams repair this by themselves.</summary>
    public MessageFaults Messages { get; } = new();

    /// <summary>Bytes under way and unread in one direction of a connection at most; taken when a connection is made.</summary>
    public int SocketBufferBytes { get; set; } = 128 * 1024;

    /// <summary>How long unanswered segments are sent again before a connection fails with ETIMEDOUT.</summary>
    public long RetransmitLimitNs { get; set; } = 15_000_000_000;

    /// <summary>How often they are sent again.</summary>
    public long RetransmitNs { get; set; } = 200_000_000;

    /// <summary>When a connect that nobody answers fails with ETIMEDOUT.</summary>
    public long ConnectLimitNs { get; set; } = 10_000_000_000;
}
