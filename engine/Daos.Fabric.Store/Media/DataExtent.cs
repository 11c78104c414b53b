namespace Daos.Fabric.Store.Media;

/// <summary>A run of blocks of the data file.</summary>
/// <param name="Block">First block; the file's first block holds its header, so 0 names nothing.</param>
/// <param name="Blocks">Blocks of <see cref="BlockBytes"/>.</param>
public readonly record struct DataExtent(ulong Block, uint Blocks)
{
    /// <summary>Size of a block.</summary>
    public const int BlockBytes = 4096;

    /// <summary>Where it starts in the data file.</summary>
    public long OffsetBytes => (long)Block * BlockBytes;

    /// <summary>Its size.</summary>
    public long LengthBytes => (long)Blocks * BlockBytes;

    /// <summary>Blocks that hold so many bytes.</summary>
    public static uint BlocksFor(long bytes) => checked((uint)((bytes + BlockBytes - 1) / BlockBytes));
}
