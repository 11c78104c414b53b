namespace Daos.Fabric.Reactor;

/// <summary>What an idle loop does until work comes.</summary>
public enum PollingPolicy : byte
{
    /// <summary>
    /// Spins, then blocks: as long as recent waits say that spinning would have met the work, at most the spin time of the options. The
    /// default.
    /// </summary>
    Adaptive,

    /// <summary>Never blocks: the quickest answer, for a whole core.</summary>
    Busy,

    /// <summary>Blocks at once: the least processor time, for a wake-up per pause.</summary>
    Sleep,
}
