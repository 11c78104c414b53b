namespace Daos.Fabric.Engine;

/// <summary>
/// How much one shard of a pool (on one target) takes: small enough that creating a pool does not take seconds, since log and data
/// blocks are allocated at once. The limits are those of the store, so that what is accepted here can be created. Immutable.
/// </summary>
public sealed record ShardSizes
{
    /// <summary>Smallest log: a shard's log blocks have their usual size.</summary>
    public const long LogBytesMin = (long)StoreOptions.LogBlocksMin * StoreOptions.LogBlockBytesDefault;

    private const long MiB = 1024 * 1024;
    private const long LogUnitBytes = 4096;

    /// <summary>Address space for metadata and small values; memory is committed as it is used. 1 MiB to 8 TiB.</summary>
    public long ArenaBytes { get; init; } = 16 * 1024 * MiB;

    /// <summary>The log: how much may happen between two checkpoints. 2 MiB to 4 TiB, a multiple of 4 KiB.</summary>
    public long LogBytes { get; init; } = 128 * MiB;

    /// <summary>Room for values of 4 KiB and more. 1 MiB to 64 TiB; what is beyond whole blocks of 4 KiB is not used.</summary>
    public long DataBytes { get; init; } = 1024 * MiB;

    /// <summary>Throws <see cref="ArgumentException"/> with the option's name, value and range.</summary>
    public void Validate()
    {
        Check(ArenaBytes, StoreOptions.ArenaBytesMin, StoreOptions.ArenaBytesMax, nameof(ArenaBytes));
        Check(LogBytes, LogBytesMin, StoreOptions.LogBytesMax, nameof(LogBytes));
        Check(DataBytes, StoreOptions.DataBytesMin, StoreOptions.DataBytesMax, nameof(DataBytes));
        if (LogBytes % LogUnitBytes != 0)
        {
            throw new ArgumentException($"{nameof(LogBytes)} is {LogBytes}; it must be a multiple of {LogUnitBytes}", nameof(LogBytes));
        }
    }

    private static void Check(long bytes, long least, long most, string name)
    {
        if (bytes < least || bytes > most)
        {
            throw new ArgumentException($"{name} is {bytes}; it must be {least} to {most}", name);
        }
    }
}
