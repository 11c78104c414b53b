namespace Daos.Fabric.Reactor.Simulated;

/// <summary>What became of sectors while nobody looked.</summary>
public enum MediaDamage : byte
{
    /// <summary>One bit turned.</summary>
    Flipped,

    /// <summary>Zeros.</summary>
    Zeroed,

    /// <summary>What lay there before the last write, which needs <see cref="SimulatedDisk.KeepFormerContent"/>.</summary>
    Stale,

    /// <summary>The bytes of another place: a write that was meant for that one went here.</summary>
    Misplaced,
}
