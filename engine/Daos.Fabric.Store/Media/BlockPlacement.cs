namespace Daos.Fabric.Store.Media;

/// <summary>
/// Where in the data file extents go. Small ones (below 64 blocks) take the first place from the front that is large enough: they are packed,
/// and their holes are filled before they cut into the room for large ones. Large ones follow the hint of their stream. Owned by one owner
/// thread.
/// </summary>
/// <remarks>
/// For each small size a bound is kept below which no free run of that size begins, so that a search does not look at the full front again
/// and again: taking raises it, freeing lowers it.
/// </remarks>
internal sealed class BlockPlacement
{
    /// <summary>Extents below so many blocks are small: VEA's bitmap chunks hold up to as many.</summary>
    internal const int SmallBlocks = 64;

    private const int Streams = 2;

    private readonly FreeBlocks _free;
    private readonly long[] _nextLarge = new long[Streams];
    private readonly long[] _smallFrom = new long[SmallBlocks];

    /// <param name="free">Blocks that may be taken; changed through this from now on.</param>
    /// <param name="totalBlocks">Size of the data file.</param>
    internal BlockPlacement(FreeBlocks free, long totalBlocks)
    {
        _free = free;

        // Room at the front for small extents; what streams write side by side begins far apart.
        _nextLarge[(int)AllocationStream.Io] = totalBlocks / 8;
        _nextLarge[(int)AllocationStream.Aggregation] = totalBlocks / 8 * 5;
    }

    /// <summary>Takes a run of so many blocks and gives its first; -1 when there is none.</summary>
    internal long Take(uint blocks, AllocationStream stream)
    {
        bool isSmall = blocks < SmallBlocks;
        long block = _free.Find(blocks, isSmall ? _smallFrom[blocks] : _nextLarge[(int)stream]);
        if (block < 0)
        {
            return -1;
        }

        _free.Remove(block, blocks);
        if (isSmall)
        {
            RaiseBounds((int)blocks, block);
        }
        else
        {
            _nextLarge[(int)stream] = block + blocks;
        }

        return block;
    }

    /// <summary>Gives blocks back.</summary>
    internal void Return(long block, uint blocks)
    {
        _free.Add(block, blocks);
        for (int size = 1; size < SmallBlocks; size++)
        {
            _smallFrom[size] = Math.Max(0, Math.Min(_smallFrom[size], block - size + 1));
        }
    }

    // The search began at the bound and found the first run there: none of that size or a larger one begins before it.
    private void RaiseBounds(int blocks, long block)
    {
        for (int size = blocks; size < SmallBlocks; size++)
        {
            _smallFrom[size] = Math.Max(_smallFrom[size], block);
        }
    }
}
