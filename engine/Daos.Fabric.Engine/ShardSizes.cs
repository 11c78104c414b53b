namespace Daos.Fabric.Engine;

/// <summary>
/// How much one shard of a pool (on one target) takes: small enough that creating a pool does not take seconds, since log and data
/// blocks are allocated at once. Immutable.
/// </summary>
public sealed record ShardSizes
{
    private const long MiB = 1024 * 1024;

    /// <summary>Address space for metadata and small values; memory is committed as it is used. Bytes.</summary>
    public long ArenaBytes { get; init; } = 16 * 1024 * MiB;

    /// <summary>The log: how much may happen between two checkpoints. Bytes.</summary>
    public long LogBytes { get; init; } = 128 * MiB;

    /// <summary>Room for values of 4 KiB and more. Bytes; what is beyond whole blocks of 4 KiB is not used.</summary>
    public long DataBytes { get; init; } = 1024 * MiB;

    /// <summary>Throws <see cref="ArgumentOutOfRangeException"/> with the option's name, value and range.</summary>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ArenaBytes, MiB);
        ArgumentOutOfRangeException.ThrowIfLessThan(LogBytes, MiB);
        ArgumentOutOfRangeException.ThrowIfNegative(DataBytes);
    }
}
