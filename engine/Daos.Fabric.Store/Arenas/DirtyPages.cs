using System.Numerics;

namespace Daos.Fabric.Store.Arenas;

/// <summary>
/// One bit per page of the arena that changed since the checkpoint took the bits over. Owned by one owner thread.
/// </summary>
internal sealed class DirtyPages : IDisposable
{
    internal const int PageShift = 12;
    internal const int PageBytes = 1 << PageShift;

    private readonly NativeTable<ulong> _bits;
    private long _end;

    /// <param name="pagesMax">Pages of an arena that has grown to its end.</param>
    internal DirtyPages(long pagesMax) => _bits = new NativeTable<ulong>((pagesMax + 63) / 64);

    /// <summary>Pages marked.</summary>
    internal long Count { get; private set; }

    /// <summary>Marks the pages that a range touches.</summary>
    internal void Mark(ulong offset, int lengthBytes)
    {
        ulong first = offset >> PageShift;
        ulong last = (offset + (ulong)lengthBytes - 1) >> PageShift;
        for (ulong page = first; page <= last; page++)
        {
            MarkPage(page);
        }
    }

    /// <summary>True when the page is marked.</summary>
    internal bool IsMarked(long page) => page < _bits.Length * 64 && (_bits[page >> 6] >> (int)(page & 63) & 1) != 0;

    /// <summary>Unmarks a page.</summary>
    internal void Clear(long page)
    {
        ref ulong word = ref _bits[page >> 6];
        ulong bit = 1UL << (int)(page & 63);
        Count -= (word & bit) != 0 ? 1 : 0;
        word &= ~bit;
    }

    /// <summary>The first marked page at or after a page, or -1.</summary>
    internal long Next(long page)
    {
        for (long index = page >> 6; index < _end; index++)
        {
            ulong word = _bits[index];
            if (index == page >> 6)
            {
                word &= ulong.MaxValue << (int)(page & 63);
            }

            if (word != 0)
            {
                return (index << 6) + BitOperations.TrailingZeroCount(word);
            }
        }

        return -1;
    }

    /// <summary>Marks one page.</summary>
    internal void MarkPage(ulong page)
    {
        ref ulong word = ref _bits[(long)(page >> 6)];
        ulong bit = 1UL << (int)(page & 63);
        Count += (word & bit) == 0 ? 1 : 0;
        word |= bit;

        // Searches end here: an arena is mostly address space.
        _end = Math.Max(_end, (long)(page >> 6) + 1);
    }

    /// <summary>Frees the bits.</summary>
    public void Dispose() => _bits.Dispose();
}
