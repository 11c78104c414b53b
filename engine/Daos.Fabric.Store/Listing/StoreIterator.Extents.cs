namespace Daos.Fabric.Store.Listing;

/// <summary>The extents of an array: as they lie in the index, or sorted and cut to what shows of them.</summary>
internal sealed unsafe partial class StoreIterator
{
    private const int WindowsPerCall = 16;

    private static DerCode SpanOf(in IterationRequest request, out ulong first, out ulong end)
    {
        bool isParity = (request.Index & ObjectLimits.ParityBit) != 0;
        ulong limit = isParity ? ulong.MaxValue : ObjectLimits.ParityBit;
        first = request.Index;
        end = request.Count == 0 ? limit : request.Index + Math.Min(request.Count, limit - request.Index);
        return request.Count <= limit - request.Index ? DerCode.Success : DerCode.Invalid;
    }

    private DerCode WalkIndex(ulong akey, ref IterationWalk walk)
    {
        DerCode code = SpanOf(in walk.Request, out ulong first, out ulong end);
        if (code.IsError)
        {
            return code;
        }

        int visitsLeft = ObjectLimits.ListVisitsMax;
        ListAnchor resume = walk.Next;
        bool resumes = resume.Kind == AnchorKind.AfterExtent;
        for (int lengthClass = resumes ? resume.Detail : 0; lengthClass < ExtentClassesDf.ClassesMax; lengthClass++)
        {
            if ((ArrayExtents.ClassesOf(_memory, akey) >> lengthClass & 1) == 0)
            {
                continue;
            }

            Unsafe.SkipInit(out TreeCursor cursor);
            cursor.Reset(_memory.Arena, ArrayExtents.RootOf(_memory, akey, lengthClass));
            bool more = resumes && lengthClass == resume.Detail ? SeekAfter(ref cursor, in resume) : cursor.SeekFirst();
            for (; more; more = cursor.MoveNext())
            {
                if (visitsLeft-- == 0 || !GiveExtent(akey, cursor.Record, first, end, ref walk))
                {
                    return DerCode.Success;
                }

                var extent = _memory.Read<ExtentDf>(cursor.Record);
                walk.Next = new ListAnchor
                {
                    Kind = AnchorKind.AfterExtent,
                    Detail = (byte)lengthClass,
                    Minor = extent->Minor,
                    Prefix = extent->Start,
                    Record = extent->Count,
                    Hash = extent->Epoch,
                };
            }
        }

        walk.End();
        return DerCode.Success;
    }

    private bool SeekAfter(ref TreeCursor cursor, in ListAnchor resume)
    {
        var stamp = new VersionStamp(resume.Hash, resume.Minor);
        if (!cursor.SeekAtLeast(new ExtentKey(resume.Prefix, resume.Record, stamp)))
        {
            return false;
        }

        var extent = _memory.Read<ExtentDf>(cursor.Record);
        bool same = extent->Start == resume.Prefix && extent->Count == resume.Record && extent->Stamp == stamp;
        return !same || cursor.MoveNext();
    }

    private bool GiveExtent(ulong akey, ulong record, ulong first, ulong end, ref IterationWalk walk)
    {
        var extent = _memory.Read<ExtentDf>(record);
        if (extent->Start >= end || extent->End <= first || extent->Epoch < walk.Request.Low.Value || !walk.View.Admits(extent->Stamp, extent->Transaction))
        {
            return true;
        }

        IterationEntry entry = Describe(akey, record, extent->Start, extent->End, in walk);
        entry.Flags |= extent->Stamp <= walk.Hidden ? IterationFlags.Covered : IterationFlags.None;
        return walk.TryAdd(ref entry, []);
    }

    private DerCode WalkSorted(ulong akey, ref IterationWalk walk)
    {
        DerCode code = SpanOf(in walk.Request, out ulong first, out ulong end);
        bool reverse = walk.Request.IsReverse;
        ListAnchor resume = walk.Next;
        ulong at = resume.Kind == AnchorKind.Start ? (reverse ? end : first) : Math.Clamp(resume.Prefix, first, end);
        bool isInside = resume.Kind == AnchorKind.InWindow && resume.Detail == 1;
        for (int i = 0; code.IsSuccess && at != (reverse ? first : end); i++)
        {
            if (i == WindowsPerCall)
            {
                walk.Next = new ListAnchor { Kind = AnchorKind.InWindow, Prefix = at };
                return DerCode.Success;
            }

            ulong edge = reverse ? windows.StartOf(akey, at, first) : windows.EndOf(akey, at, end);
            code = windows.BuildPieces(
                akey, walk.Hidden, walk.Request.Low.Value, ref walk.View, (Math.Min(at, edge), Math.Max(at, edge)), walk.Request.WithCovered);
            if (code.IsSuccess && !GivePieces(akey, at, isInside ? resume : default, ref walk))
            {
                return DerCode.Success;
            }

            isInside = false;
            at = edge;
        }

        if (code.IsSuccess)
        {
            walk.End();
        }

        return code;
    }

    // False when there was no room; the anchor then stands after the last piece given.
    private bool GivePieces(ulong akey, ulong window, ListAnchor after, ref IterationWalk walk)
    {
        bool reverse = walk.Request.IsReverse;
        ReadOnlySpan<ExtentPiece> pieces = windows.Pieces;
        var last = new ExtentPiece(after.Record, 0, new VersionStamp(after.Hash, after.Minor), 0, false);
        walk.Next = after.Detail == 1 ? after : new ListAnchor { Kind = AnchorKind.InWindow, Prefix = window };
        for (int i = 0; i < pieces.Length; i++)
        {
            ExtentPiece piece = pieces[reverse ? pieces.Length - 1 - i : i];
            int order = reverse ? last.CompareTo(piece) : piece.CompareTo(last);
            bool isHole = _memory.Read<ExtentDf>(piece.Extent)->Media == ValueMedia.Hole;
            if ((after.Detail == 1 && order <= 0) || (isHole && walk.Request.SkipsHoles))
            {
                continue;
            }

            IterationEntry entry = Describe(akey, piece.Extent, piece.Start, piece.End, in walk);
            entry.Flags |= piece.IsCovered ? IterationFlags.Covered : IterationFlags.Visible;
            if (!walk.TryAdd(ref entry, []))
            {
                return false;
            }

            walk.Next = new ListAnchor
            {
                Kind = AnchorKind.InWindow,
                Detail = 1,
                Minor = piece.Stamp.Minor,
                Prefix = window,
                Record = piece.Start,
                Hash = piece.Stamp.Epoch,
            };
        }

        return true;
    }

    private IterationEntry Describe(ulong akey, ulong record, ulong start, ulong end, in IterationWalk walk)
    {
        var extent = _memory.Read<ExtentDf>(record);
        bool isWhole = extent->Start == start && extent->End == end;
        return new IterationEntry
        {
            Kind = (byte)AkeyType.Array,
            Flags = (isWhole ? IterationFlags.None : IterationFlags.Partial)
                | (extent->Media == ValueMedia.Hole ? IterationFlags.Hole : IterationFlags.None),
            EpochValue = extent->Epoch,
            PunchEpochValue = walk.Hidden.Epoch,
            Minor = extent->Minor,
            Index = start,
            Count = end - start,
            WholeIndex = extent->Start,
            WholeCount = extent->Count,
            RecordBytes = _memory.Read<KeyRecordDf>(akey)->RecordBytes,
        };
    }
}
