namespace Daos.Fabric.Protocol;

/// <summary>Request classes of an xstream's scheduler, as DAOS names them.</summary>
public static class SchedulingClasses
{
    /// <summary>Everything without a class of its own.</summary>
    public const byte Anonymous = 0;

    /// <summary>Updates and punches.</summary>
    public const byte Update = 1;

    /// <summary>Fetches, listings and key queries.</summary>
    public const byte Fetch = 2;

    /// <summary>Garbage collection and aggregation.</summary>
    public const byte GarbageCollection = 3;

    /// <summary>Checksum scrubbing.</summary>
    public const byte Scrub = 4;

    /// <summary>Rebuild and migration.</summary>
    public const byte Migrate = 5;

    /// <summary>Number of classes.</summary>
    public const int Count = 6;
}
