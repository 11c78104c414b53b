namespace Daos.Fabric.Xstreams.Scheduling;

/// <summary>
/// What a ULT works for; <see cref="WorkItem.SchedulingClass"/> carries it and continuations inherit it. The numbers are those of the
/// opcode table.
/// </summary>
public static class RequestClass
{
    /// <summary>The engine's own plumbing and requests of services: not held back.</summary>
    public const byte Anonymous = 0;

    /// <summary>Updates and punches.</summary>
    public const byte Update = 1;

    /// <summary>Fetches, listings and queries.</summary>
    public const byte Fetch = 2;

    /// <summary>Garbage collection and aggregation.</summary>
    public const byte GarbageCollection = 3;

    /// <summary>Checksum scrubbing.</summary>
    public const byte Scrub = 4;

    /// <summary>Rebuild and migration.</summary>
    public const byte Migrate = 5;

    /// <summary>Number of classes; an item with a higher number counts as <see cref="Anonymous"/>.</summary>
    public const int Count = 6;
}
