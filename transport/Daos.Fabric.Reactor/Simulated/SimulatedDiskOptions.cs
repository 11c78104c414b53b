namespace Daos.Fabric.Reactor.Simulated;

/// <summary>How a simulated disk behaves; may be changed between steps. Times are virtual ns, chances 0 to 1.</summary>
public sealed class SimulatedDiskOptions
{
    /// <summary>Bytes that files may take in total; creating, growing and extending fail above it.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>Shortest time of a read or a plain write.</summary>
    public long LatencyMinNs { get; set; } = 8_000;

    /// <summary>Longest time of a read or a plain write.</summary>
    public long LatencyMaxNs { get; set; } = 120_000;

    /// <summary>Shortest time of a flush or a durable write.</summary>
    public long FlushMinNs { get; set; } = 50_000;

    /// <summary>Longest time of a flush or a durable write.</summary>
    public long FlushMaxNs { get; set; } = 1_000_000;

    /// <summary>Chance that an operation takes up to <see cref="SlowMaxNs"/>.</summary>
    public double SlowChance { get; set; } = 0.005;

    /// <summary>Longest time of a slow operation.</summary>
    public long SlowMaxNs { get; set; } = 50_000_000;

    /// <summary>Chance that a read gets only a part.</summary>
    public double ShortReadChance { get; set; }

    /// <summary>Chance that a write takes only a part.</summary>
    public double ShortWriteChance { get; set; }

    /// <summary>Chance that a read fails with EIO.</summary>
    public double ReadErrorChance { get; set; }

    /// <summary>Chance that a write fails with EIO; some of it may have reached the file.</summary>
    public double WriteErrorChance { get; set; }

    /// <summary>Chance that a flush fails with EIO; the writes it should have covered may be lost although later flushes succeed.</summary>
    public double FlushErrorChance { get; set; }
}
