using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Trees;

/// <summary>
/// What a range of an array looks like in a view: the extents that overlap it, cut where a newer one covers an older. Reused; owned by
/// one xstream.
/// </summary>
internal sealed unsafe partial class VisibleExtents
{
    // So many versions of one range are stepped over before the scan searches for the next range instead.
    private const int StepsBeforeSeek = 8;
    private const int FirstCapacity = 256;

    private readonly List<ExtentHit> _hits = new(FirstCapacity);
    private readonly PriorityQueue<ExtentHit, VersionStamp> _open = new(FirstCapacity, NewestFirst.Instance);
    private readonly List<ExtentFragment> _fragments = new(FirstCapacity);

    /// <summary>The range from first to last, without gaps, holes included.</summary>
    public ReadOnlySpan<ExtentFragment> Fragments => CollectionsMarshal.AsSpan(_fragments);

    /// <summary>
    /// Builds the fragments of records [start, end). DER_OVERFLOW when there are more extents or fragments than one call may handle.
    /// </summary>
    public DerCode Build(TreeMemory memory, ulong akey, VersionStamp hidden, ref ReadView view, ulong start, ulong end) =>
        Build(memory, akey, hidden, ref view, start, end, everything: false);

    private DerCode Build(TreeMemory memory, ulong akey, VersionStamp hidden, ref ReadView view, ulong start, ulong end, bool everything)
    {
        _hits.Clear();
        _fragments.Clear();
        if (!Collect(memory, akey, hidden, ref view, start, end, everything))
        {
            return DerCode.Overflow;
        }

        CollectionsMarshal.AsSpan(_hits).Sort();
        Cut(memory, start, end);
        _open.Clear();
        return _fragments.Count <= ObjectLimits.FragmentsMax ? DerCode.Success : DerCode.Overflow;
    }

    /// <summary>True when an older extent overlaps this one, punched or not, or when there are too many to tell.</summary>
    public bool AnyOlder(TreeMemory memory, ulong akey, in ExtentDf extent)
    {
        int visitsLeft = ObjectLimits.ExtentsVisitedMax;
        for (uint classes = ArrayExtents.ClassesOf(memory, akey); classes != 0; classes &= classes - 1)
        {
            int lengthClass = System.Numerics.BitOperations.TrailingZeroCount(classes);
            Unsafe.SkipInit(out TreeCursor cursor);
            cursor.Reset(memory.Arena, ArrayExtents.RootOf(memory, akey, lengthClass));
            ulong reach = ExtentClassesDf.CountMaxOf(lengthClass) - 1;
            bool more = cursor.SeekAtLeast(new ExtentKey(extent.Start - Math.Min(extent.Start, reach), 0, VersionStamp.Zero));
            for (; more; more = cursor.MoveNext())
            {
                var other = memory.Read<ExtentDf>(cursor.Record);
                if (other->Start >= extent.End)
                {
                    break;
                }

                if ((other->End > extent.Start && other->Stamp < extent.Stamp) || visitsLeft-- == 0)
                {
                    return true;
                }
            }
        }

        return false;
    }

    // Everything: versions of one range that newer ones cover too, and what is hidden beside it.
    private bool Collect(TreeMemory memory, ulong akey, VersionStamp hidden, ref ReadView view, ulong start, ulong end, bool everything)
    {
        int visitsLeft = ObjectLimits.ExtentsVisitedMax;
        for (uint classes = ArrayExtents.ClassesOf(memory, akey); classes != 0; classes &= classes - 1)
        {
            int lengthClass = System.Numerics.BitOperations.TrailingZeroCount(classes);
            ulong reach = ExtentClassesDf.CountMaxOf(lengthClass) - 1;
            ulong root = ArrayExtents.RootOf(memory, akey, lengthClass);
            Unsafe.SkipInit(out TreeCursor cursor);
            cursor.Reset(memory.Arena, root);
            bool more = cursor.SeekAtLeast(new ExtentKey(start - Math.Min(start, reach), 0, VersionStamp.Zero));
            while (more)
            {
                // The prefix is the first record; a tree of one inline extent has none at hand. What lies behind the range is not touched.
                ExtentDf* extent = cursor.Prefix < end ? memory.Read<ExtentDf>(cursor.Record) : null;
                if (extent == null || extent->Start >= end)
                {
                    break;
                }

                if (visitsLeft-- == 0)
                {
                    return false;
                }

                bool settled = extent->End <= start || extent->Stamp <= hidden;
                if (!settled && view.Admits(extent->Stamp, extent->Transaction))
                {
                    _hits.Add(new ExtentHit(extent->Start, extent->End, extent->Stamp, cursor.Record));
                    settled = true;
                }
                else if (everything && extent->End > start && view.Admits(extent->Stamp, extent->Transaction))
                {
                    _under.Add(new ExtentHit(extent->Start, extent->End, extent->Stamp, cursor.Record));
                }

                more = settled && !everything ? SkipVersions(memory, ref cursor, extent, ref visitsLeft) : cursor.MoveNext();
            }
        }

        return true;
    }

    // Older versions of the very same range, which stand behind it, are covered by it, or outside or punched like it.
    private static bool SkipVersions(TreeMemory memory, ref TreeCursor cursor, ExtentDf* extent, ref int visitsLeft)
    {
        for (int i = 0; i < StepsBeforeSeek; i++)
        {
            if (!cursor.MoveNext())
            {
                return false;
            }

            // Most that stand behind begin elsewhere, as their prefix says.
            if (cursor.Prefix != extent->Start || memory.Read<ExtentDf>(cursor.Record)->Count != extent->Count)
            {
                return true;
            }

            visitsLeft = Math.Max(visitsLeft - 1, 0);
        }

        return cursor.SeekAtLeast(new ExtentKey(extent->Start, extent->Count + 1, new VersionStamp(ulong.MaxValue, ushort.MaxValue)));
    }

    // Sweeps from start to end; of the extents open at a point the newest shows.
    private void Cut(TreeMemory memory, ulong start, ulong end)
    {
        ulong at = start;
        int next = 0;
        while (at < end)
        {
            while (next < _hits.Count && _hits[next].Start <= at)
            {
                Open(next++);
            }

            while (_open.TryPeek(out ExtentHit over, out _) && over.End <= at)
            {
                _open.Dequeue();
            }

            if (!_open.TryPeek(out ExtentHit top, out VersionStamp stamp))
            {
                ulong gapEnd = next < _hits.Count ? Math.Min(_hits[next].Start, end) : end;
                Emit(at, gapEnd, 0, isHole: true);
                at = gapEnd;
                continue;
            }

            ulong shownEnd = Math.Min(top.End, end);
            while (next < _hits.Count && _hits[next].Start < shownEnd)
            {
                if (_hits[next].Stamp > stamp)
                {
                    shownEnd = _hits[next].Start;
                }
                else
                {
                    Open(next++);
                }
            }

            Emit(at, shownEnd, top.Extent, memory.Read<ExtentDf>(top.Extent)->Media == ValueMedia.Hole);
            at = shownEnd;
        }
    }

    private void Open(int hit) => _open.Enqueue(_hits[hit], _hits[hit].Stamp);

    private void Emit(ulong start, ulong end, ulong extent, bool isHole)
    {
        if (_fragments.Count > 0 && _fragments[^1].Extent == extent)
        {
            start = _fragments[^1].Start;
            _fragments.RemoveAt(_fragments.Count - 1);
        }

        _fragments.Add(new ExtentFragment(start, end, extent, isHole));
    }

    private sealed class NewestFirst : IComparer<VersionStamp>
    {
        internal static readonly NewestFirst Instance = new();

        public int Compare(VersionStamp left, VersionStamp right) => right.CompareTo(left);
    }
}
