using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Listing;

/// <summary>
/// Walks what an array shows, window by window, so that one step costs about the same whatever the array holds. Reused; owned by one
/// xstream.
/// </summary>
internal sealed unsafe class ExtentWindows(TreeMemory memory)
{
    /// <summary>Extents per length class that a window reaches over.</summary>
    private const int ExtentsPerWindow = 256;

    private readonly VisibleExtents _visible = new();

    /// <summary>What the window built last shows, holes included.</summary>
    public ReadOnlySpan<ExtentFragment> Fragments => _visible.Fragments;

    /// <summary>What <see cref="BuildPieces"/> found.</summary>
    public ReadOnlySpan<ExtentPiece> Pieces => _visible.Pieces;

    /// <summary>Builds a window that starts at a record; its end is where the next one starts. DER_OVERFLOW.</summary>
    public DerCode BuildFrom(ulong akey, VersionStamp hidden, ref ReadView view, ulong start, out ulong end)
    {
        end = EndOf(akey, start, ObjectLimits.ParityBit);
        return _visible.Build(memory, akey, hidden, ref view, start, end);
    }

    /// <summary>Builds a window that ends at a record; its start is where the next one, below it, ends. DER_OVERFLOW.</summary>
    public DerCode BuildBack(ulong akey, VersionStamp hidden, ref ReadView view, ulong end, out ulong start)
    {
        start = StartOf(akey, end, 0);
        return _visible.Build(memory, akey, hidden, ref view, start, end);
    }

    /// <summary>See <see cref="VisibleExtents.BuildPieces"/>.</summary>
    public DerCode BuildPieces(
        ulong akey, VersionStamp hidden, ulong low, ref ReadView view, (ulong Start, ulong End) range, bool covered) =>
        _visible.BuildPieces(memory, akey, hidden, low, ref view, range, covered);

    /// <summary>Builds a given window. DER_OVERFLOW.</summary>
    public DerCode Build(ulong akey, VersionStamp hidden, ref ReadView view, ulong start, ulong end) =>
        _visible.Build(memory, akey, hidden, ref view, start, end);

    /// <summary>
    /// A bound of what may be visible: no extent of data, or of parity when <paramref name="side"/> is its bit, ends above it; the start of that side
    /// when there is none.
    /// </summary>
    public ulong HighestEnd(ulong akey, ulong side = 0)
    {
        ulong highest = side;
        for (uint classes = ArrayExtents.ClassesOf(memory, akey); classes != 0; classes &= classes - 1)
        {
            int lengthClass = System.Numerics.BitOperations.TrailingZeroCount(classes);
            ulong reach = ExtentClassesDf.CountMaxOf(lengthClass);
            Unsafe.SkipInit(out TreeCursor cursor);
            cursor.Reset(memory.Arena, ArrayExtents.RootOf(memory, akey, lengthClass));
            bool more = cursor.SeekAtMost(new ExtentKey(side | (ObjectLimits.ParityBit - 1), ulong.MaxValue, VersionStamp.Zero));
            for (; more; more = cursor.MovePrevious())
            {
                var extent = memory.Read<ExtentDf>(cursor.Record);
                if (extent->Start < side || extent->Start + Math.Min(reach, ulong.MaxValue - extent->Start) <= highest)
                {
                    break;
                }

                highest = extent->Media == ValueMedia.Hole ? highest : Math.Max(highest, extent->End);
            }
        }

        return highest;
    }

    /// <summary>Where a window that starts at a record ends, at most at a limit.</summary>
    public ulong EndOf(ulong akey, ulong start, ulong limit)
    {
        ulong end = limit;
        for (uint classes = ArrayExtents.ClassesOf(memory, akey); classes != 0; classes &= classes - 1)
        {
            int lengthClass = System.Numerics.BitOperations.TrailingZeroCount(classes);
            Unsafe.SkipInit(out TreeCursor cursor);
            cursor.Reset(memory.Arena, ArrayExtents.RootOf(memory, akey, lengthClass));
            bool more = cursor.SeekAtLeast(new ExtentKey(start, 0, VersionStamp.Zero));
            int steps = 0;
            for (; more && steps < ObjectLimits.ExtentsVisitedMax; more = cursor.MoveNext(), steps++)
            {
                ulong at = memory.Read<ExtentDf>(cursor.Record)->Start;
                if (at >= end)
                {
                    break;
                }

                // Versions of one range may fill the window: it ends at the first other start after them.
                if (steps >= ExtentsPerWindow && at > start)
                {
                    end = at;
                    break;
                }
            }
        }

        return end;
    }
    /// <summary>Where a window that ends at a record starts, at least at a limit.</summary>
    public ulong StartOf(ulong akey, ulong end, ulong limit)
    {
        ulong start = limit;
        for (uint classes = ArrayExtents.ClassesOf(memory, akey); classes != 0; classes &= classes - 1)
        {
            int lengthClass = System.Numerics.BitOperations.TrailingZeroCount(classes);
            Unsafe.SkipInit(out TreeCursor cursor);
            cursor.Reset(memory.Arena, ArrayExtents.RootOf(memory, akey, lengthClass));
            bool more = cursor.SeekAtMost(new ExtentKey(end - 1, ulong.MaxValue, VersionStamp.Zero));
            ulong reached = end;
            int steps = 0;
            for (; more && steps < ObjectLimits.ExtentsVisitedMax; more = cursor.MovePrevious(), steps++)
            {
                ulong at = memory.Read<ExtentDf>(cursor.Record)->Start;
                if (at < start)
                {
                    break;
                }

                if (steps >= ExtentsPerWindow && at < reached)
                {
                    start = reached;
                    break;
                }

                reached = at;
            }
        }

        return start;
    }
}
