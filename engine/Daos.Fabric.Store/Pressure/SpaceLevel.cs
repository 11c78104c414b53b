namespace Daos.Fabric.Store.Pressure;

/// <summary>How full a shard is; the worse of its tiers counts.</summary>
public enum SpaceLevel : byte
{
    /// <summary>Plenty of room.</summary>
    None,

    /// <summary>Less than a quarter of the arena or an eighth of the data space is free: space is brought back, and updates are slowed while that helps.</summary>
    Tight,

    /// <summary>
    /// Hardly more is left than the reserve: updates wait until space came back, and are refused with DER_NOSPACE when none does; reads,
    /// punches, destroyed containers and what brings space back go on.
    /// </summary>
    Critical,
}
