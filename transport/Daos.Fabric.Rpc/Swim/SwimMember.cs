namespace Daos.Fabric.Rpc.Swim;

/// <summary>What is known about another member. Owned by its <see cref="SwimProtocol"/>.</summary>
internal sealed class SwimMember(Rank rank)
{
    internal Rank Rank { get; } = rank;

    internal SwimStatus Status { get; set; }

    internal ulong Incarnation { get; set; }

    /// <summary>While suspected: when it is dead.</summary>
    internal long SuspicionEndsNs { get; set; }

    /// <summary>While suspected: who said so.</summary>
    internal Rank SuspectedBy { get; set; }

    /// <summary>Smoothed time of a message to it or from it (half of a round trip), in ns; 0 before the first.</summary>
    internal long DelayNs { get; set; }

    /// <summary>Sequence of our newest ping to it; 0 when its answer came or none was sent.</summary>
    internal uint PingSequence { get; set; }

    internal long PingSentNs { get; set; }

    /// <summary>How often the newest update about it was sent on.</summary>
    internal int Transmissions { get; set; }

    internal bool IsNews { get; set; }

    internal SwimMember? PreviousNews { get; set; }

    internal SwimMember? NextNews { get; set; }

    internal SwimUpdate Update => new(Rank, Status, Incarnation);
}
