namespace Daos.Fabric.Store.Listing;

/// <summary>The versions of a single value.</summary>
internal sealed unsafe partial class StoreIterator
{
    private const byte Given = 1;

    private void WalkVersions(ulong akey, ref IterationWalk walk)
    {
        ulong visible = SingleValues.Find(_memory, akey, walk.Hidden, ref walk.View);
        bool descends = walk.Request.Expression is EpochExpression.LessOrEqual or EpochExpression.ReverseRange;
        bool onlyOne = walk.Request.Expression is not (EpochExpression.Range or EpochExpression.ReverseRange);
        bool onlyVisible = walk.Request.IsSorted && !walk.Request.WithCovered;
        var low = new VersionStamp(walk.Request.Low.Value, 0);
        var high = new VersionStamp(walk.Request.LastEpoch, ushort.MaxValue);
        var cursor = new VersionCursor(_memory, akey);
        int visitsLeft = ObjectLimits.ListVisitsMax;
        for (bool more = SeekVersion(ref cursor, in walk, low, high, descends); more; more = descends ? cursor.MovePrevious() : cursor.MoveNext())
        {
            VersionStamp stamp = cursor.Stamp;
            if (stamp < low || stamp > high || (onlyOne && walk.Next.Kind == AnchorKind.AfterVersion && walk.Next.Detail == Given))
            {
                break;
            }

            if (visitsLeft-- == 0)
            {
                return;
            }

            // What is undecided is not there, so the nearest version may be a farther one.
            bool isThere = walk.View.Admits(stamp, _memory.Read<VersionDf>(cursor.Record)->Transaction);
            if (isThere && (!onlyVisible || cursor.Record == visible))
            {
                var version = _memory.Read<VersionDf>(cursor.Record);
                var entry = new IterationEntry
                {
                    Kind = (byte)AkeyType.Single,
                    Flags = cursor.Record == visible ? IterationFlags.Visible : IterationFlags.Covered,
                    EpochValue = stamp.Epoch,
                    PunchEpochValue = walk.Hidden.Epoch,
                    Minor = stamp.Minor,
                    Count = 1,
                    WholeCount = 1,
                    RecordBytes = version->ValueBytes,
                };
                if (!walk.TryAdd(ref entry, []))
                {
                    return;
                }
            }

            walk.Next = new ListAnchor
            {
                Kind = AnchorKind.AfterVersion,
                Prefix = stamp.Epoch,
                Minor = stamp.Minor,
                Detail = isThere ? Given : (byte)0,
            };
        }

        walk.End();
    }

    private static bool SeekVersion(ref VersionCursor cursor, in IterationWalk walk, VersionStamp low, VersionStamp high, bool descends)
    {
        if (walk.Next.Kind == AnchorKind.Start)
        {
            return descends ? cursor.SeekAtMost(high) : cursor.SeekAtLeast(low);
        }

        var last = new VersionStamp(walk.Next.Prefix, walk.Next.Minor);
        if (!(descends ? cursor.SeekAtMost(last) : cursor.SeekAtLeast(last)))
        {
            return false;
        }

        return cursor.Stamp != last || (descends ? cursor.MovePrevious() : cursor.MoveNext());
    }
}
