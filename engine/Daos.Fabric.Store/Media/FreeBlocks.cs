using System.Numerics;

namespace Daos.Fabric.Store.Media;

/// <summary>
/// Which blocks may be reserved now: one bit per block, and a count per group of 4,096 blocks so that full parts are passed over.
/// Searches go on where the last one ended (next fit): extents that come together lie together. Owned by one owner thread.
/// </summary>
internal sealed class FreeBlocks : IDisposable
{
    private const int GroupWords = 64;

    private NativeTable<ulong> _free;
    private NativeTable<ushort> _groups;
    private long _blocks;

    /// <param name="blocks">Blocks covered now; none is free.</param>
    /// <param name="blocksMax">Blocks that it may grow to.</param>
    internal FreeBlocks(long blocks, long blocksMax)
    {
        long groups = (blocksMax + (GroupWords * 64) - 1) / (GroupWords * 64);
        _free = new NativeTable<ulong>(groups * GroupWords);
        _groups = new NativeTable<ushort>(groups);
        Grow(blocks);
    }

    /// <summary>Blocks free.</summary>
    internal long Count { get; private set; }

    /// <summary>Covers more blocks; the new ones are not free.</summary>
    internal void Grow(long blocks)
    {
        Invariant.Check(blocks <= _free.Length * 64);
        _blocks = Math.Max(blocks, _blocks);
    }

    /// <summary>Covers more blocks than it was made for; the new ones are not free.</summary>
    internal void Enlarge(long blocks)
    {
        if (blocks > _free.Length * 64)
        {
            long groups = (blocks + (GroupWords * 64) - 1) / (GroupWords * 64);
            _free = Larger(_free, groups * GroupWords);
            _groups = Larger(_groups, groups);
        }

        Grow(blocks);
    }

    /// <summary>Frees the bits.</summary>
    public void Dispose()
    {
        _free.Dispose();
        _groups.Dispose();
    }

    /// <summary>True when the block may be taken.</summary>
    internal bool IsFree(long block) => block < _blocks && (_free[block / 64] >> (int)(block % 64) & 1) != 0;

    /// <summary>Makes blocks free; none may be free already.</summary>
    internal void Add(long block, long count)
    {
        Invariant.Check(block >= 0 && count > 0 && block + count <= _blocks);
        Change(block, count, free: true);
        Count += count;
    }

    /// <summary>Takes blocks; all must be free.</summary>
    internal void Remove(long block, long count)
    {
        Change(block, count, free: false);
        Count -= count;
    }

    /// <summary>First block of a free run of that many blocks at or after a block, or else before it; -1 when there is none.</summary>
    internal long Find(long count, long start)
    {
        if (count > Count)
        {
            return -1;
        }

        long startWord = Math.Clamp(start, 0, _blocks) / 64;
        long words = (_blocks + 63) / 64;
        long found = FindIn(startWord, words, count);
        return found >= 0 ? found : FindIn(0, Math.Min(words, startWord + (count / 64) + 2), count);
    }

    /// <summary>The first run of free blocks at or after a block; false when there is none.</summary>
    internal bool TryNextRun(long from, out long start, out long count)
    {
        start = Next(from, isFree: true);
        count = start < _blocks ? Next(start, isFree: false) - start : 0;
        return count > 0;
    }

    // The first block at or after one that is free, or is not; the end when there is none.
    private long Next(long from, bool isFree)
    {
        long words = (_blocks + 63) / 64;
        ulong mask = ulong.MaxValue << (int)(from % 64);
        for (long word = from / 64; word < words; word++)
        {
            if (isFree && word % GroupWords == 0 && _groups[word / GroupWords] == 0)
            {
                word += GroupWords - 1;
                mask = ulong.MaxValue;
                continue;
            }

            ulong bits = (isFree ? _free[word] : ~_free[word]) & mask;
            if (bits != 0)
            {
                return Math.Min(_blocks, (word * 64) + BitOperations.TrailingZeroCount(bits));
            }

            mask = ulong.MaxValue;
        }

        return _blocks;
    }

    private static NativeTable<T> Larger<T>(NativeTable<T> table, long length)
        where T : unmanaged
    {
        var larger = new NativeTable<T>(length);
        for (long i = 0; i < table.Length; i++)
        {
            larger[i] = table[i];
        }

        table.Dispose();
        return larger;
    }

    private long FindIn(long fromWord, long toWord, long count)
    {
        long run = 0;
        for (long word = fromWord; word < toWord; word++)
        {
            if (word % GroupWords == 0 && _groups[word / GroupWords] == 0)
            {
                run = 0;
                word += GroupWords - 1;
                continue;
            }

            ulong bits = _free[word];
            int low = BitOperations.TrailingZeroCount(~bits);
            run += low;
            if (run >= count)
            {
                return (word * 64) + low - run;
            }

            if (low == 64)
            {
                continue;
            }

            long inside = FindInWord(bits, count);
            if (inside >= 0)
            {
                return (word * 64) + inside;
            }

            run = BitOperations.LeadingZeroCount(~bits);
        }

        return -1;
    }

    // Afterwards a bit is set where a run of the wanted length starts.
    private static long FindInWord(ulong bits, long count)
    {
        if (count > 64)
        {
            return -1;
        }

        int have = 1;
        while (have < count && bits != 0)
        {
            int step = (int)Math.Min(have, count - have);
            bits &= bits >> step;
            have += step;
        }

        return bits == 0 ? -1 : BitOperations.TrailingZeroCount(bits);
    }

    private void Change(long block, long count, bool free)
    {
        while (count > 0)
        {
            long word = block / 64;
            int bit = (int)(block % 64);
            int here = (int)Math.Min(count, 64 - bit);
            ulong mask = (here == 64 ? ulong.MaxValue : (1UL << here) - 1) << bit;
            Invariant.Check((_free[word] & mask) == (free ? 0 : mask));
            _free[word] ^= mask;
            _groups[word / GroupWords] = (ushort)(_groups[word / GroupWords] + (free ? here : -here));
            block += here;
            count -= here;
        }
    }
}
