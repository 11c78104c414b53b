using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Timestamps;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Listing;

/// <summary>
/// Iterations for the engine's own work (rebuild, object tables, checks): every level, by ranges of epochs, with what is covered or
/// punched. The listings of clients are the narrower <see cref="KeyLister"/> and <see cref="ExtentLister"/>. Owned by one xstream.
/// </summary>
internal sealed unsafe partial class StoreIterator(ObjectStore store, ExtentWindows windows)
{
    private readonly TreeMemory _memory = store.Memory;

    /// <summary>See <see cref="StoreShard.Iterate"/>.</summary>
    public DerCode Iterate(
        IterationLevel level,
        in ObjectTarget target,
        KeyBytes akey,
        in IterationRequest request,
        Span<byte> packed,
        out ListAnchor next,
        out ListResult result)
    {
        next = request.Anchor;
        result = default;
        DerCode code = Validate(level, in target, akey, in request);
        ulong container = 0;
        code = code.IsError ? code : store.LocateContainer(target.Container, request.High.Value, out container);
        if (code.IsError || next.IsEnd)
        {
            return code;
        }

        ObjectTarget asOf = target with { Epoch = new Epoch(BoundOf(in request)) };
        var walk = new IterationWalk(in request, packed, store.DependentViewOf(in asOf));
        walk.View.Rule = OpenRule.StepsOver;
        code = Walk(level, container, in target, akey, ref walk);
        code = level > IterationLevel.Akeys
            ? store.EndRead(code, in asOf, akey, in walk.View)
            : store.EndRead(code, in asOf, (TimestampLevel)level, in walk.View);
        return walk.Finish(code, out next, out result);
    }

    private static ulong BoundOf(in IterationRequest request) =>
        request.Expression == EpochExpression.Equal ? request.Low.Value : request.High.Value;

    private static DerCode Validate(IterationLevel level, in ObjectTarget target, KeyBytes akey, in IterationRequest request)
    {
        AnchorKind after = level switch
        {
            IterationLevel.Objects => AnchorKind.AfterObject,
            IterationLevel.Dkeys or IterationLevel.Akeys => AnchorKind.AfterKey,
            IterationLevel.Versions => AnchorKind.AfterVersion,
            _ => request.IsSorted ? AnchorKind.InWindow : AnchorKind.AfterExtent,
        };
        AnchorKind kind = request.Anchor.Kind;
        bool isEmptyRange = request.High.IsSet && request.Low > request.High;
        bool equalToNothing = request.Expression == EpochExpression.Equal && !request.Low.IsSet;
        if ((kind != AnchorKind.Start && kind != AnchorKind.End && kind != after)
            || level > IterationLevel.Extents
            || request.Expression > EpochExpression.Equal
            || isEmptyRange
            || equalToNothing)
        {
            return DerCode.Invalid;
        }

        DerCode code = level <= IterationLevel.Dkeys
            ? DerCode.Success
            : KeyTree.Validate(target.Object.DkeyOrder, target.DkeyLength);
        return code.IsError || level <= IterationLevel.Akeys ? code : KeyTree.Validate(target.Object.AkeyOrder, akey.Length);
    }

    private DerCode Walk(IterationLevel level, ulong container, in ObjectTarget target, KeyBytes akey, ref IterationWalk walk)
    {
        if (level == IterationLevel.Objects)
        {
            WalkObjects(container, ref walk);
            return DerCode.Success;
        }

        ulong found = store.Objects.Find(container, target.Object);
        if (!Enters(found, ref walk))
        {
            walk.End();
            return DerCode.Success;
        }

        ulong dkeys = _memory.Read<ObjectDf>(found)->Dkeys;
        if (level == IterationLevel.Dkeys)
        {
            WalkKeys(dkeys, target.Object.DkeyOrder, ref walk);
            return DerCode.Success;
        }

        ulong dkey = KeyTree.Find(_memory.Arena, dkeys, target.Object.DkeyOrder, target.Dkey, target.DkeyLength);
        if (!Enters(dkey, ref walk))
        {
            walk.End();
            return DerCode.Success;
        }

        ulong akeys = _memory.Read<KeyRecordDf>(dkey)->Below;
        if (level == IterationLevel.Akeys)
        {
            WalkKeys(akeys, target.Object.AkeyOrder, ref walk);
            return DerCode.Success;
        }

        ulong value = KeyTree.Find(_memory.Arena, akeys, target.Object.AkeyOrder, akey.Address, akey.Length);
        if (!Enters(value, ref walk) || _memory.Read<KeyRecordDf>(value)->Type != TypeOf(level))
        {
            walk.End();
            return DerCode.Success;
        }

        if (level == IterationLevel.Versions)
        {
            WalkVersions(value, ref walk);
            return DerCode.Success;
        }

        return walk.Request.IsSorted ? WalkSorted(value, ref walk) : WalkIndex(value, ref walk);
    }

    private static AkeyType TypeOf(IterationLevel level) => level == IterationLevel.Versions ? AkeyType.Single : AkeyType.Array;

    // What is punched is entered only when punched things are asked for.
    private bool Enters(ulong log, ref IterationWalk walk) =>
        log != 0 && (IncarnationLog.Exists(_memory, log, ref walk.Hidden, ref walk.View) || walk.Request.WithPunched);

    private void WalkObjects(ulong container, ref IterationWalk walk)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(_memory.Arena, _memory.Read<ContainerDf>(container)->Objects);
        int visitsLeft = ObjectLimits.ListVisitsMax;
        for (bool more = SeekObject(ref cursor, in walk); more; more = Move(ref cursor, walk.Request.IsReverse))
        {
            if (visitsLeft-- == 0)
            {
                return;
            }

            ObjectDf* found = _memory.Read<ObjectDf>(cursor.Record);
            if (walk.TryDescribe(_memory, cursor.Record, out IterationEntry entry))
            {
                entry.Index = found->IdLow;
                entry.Count = found->IdHigh;
                if (!walk.TryAdd(ref entry, []))
                {
                    return;
                }
            }

            walk.Next = new ListAnchor { Kind = AnchorKind.AfterObject, Prefix = found->IdLow, Record = found->IdHigh };
        }

        walk.End();
    }

    private bool SeekObject(ref TreeCursor cursor, in IterationWalk walk)
    {
        bool reverse = walk.Request.IsReverse;
        if (walk.Next.Kind == AnchorKind.Start)
        {
            return reverse ? cursor.SeekLast() : cursor.SeekFirst();
        }

        var last = new ObjectId(walk.Next.Record, walk.Next.Prefix);
        if (!cursor.SeekAtLeast(new ObjectKey(last)))
        {
            return reverse && cursor.SeekLast();
        }

        if (reverse)
        {
            return cursor.MovePrevious();
        }

        return _memory.Read<ObjectDf>(cursor.Record)->Id != last || cursor.MoveNext();
    }

    private void WalkKeys(ulong root, KeyOrder order, ref IterationWalk walk)
    {
        Arena arena = _memory.Arena;
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(arena, root);
        bool reverse = walk.Request.IsReverse;
        int visitsLeft = ObjectLimits.ListVisitsMax;
        for (bool more = KeyAnchors.Seek(arena, ref cursor, order, walk.Next, reverse); more; more = Move(ref cursor, reverse))
        {
            if (visitsLeft-- == 0)
            {
                return;
            }

            if (walk.TryDescribe(_memory, cursor.Record, out IterationEntry entry))
            {
                var key = _memory.Read<KeyRecordDf>(cursor.Record);
                entry.Kind = (byte)key->Type;
                entry.RecordBytes = key->RecordBytes;
                if (!walk.TryAdd(ref entry, KeyRecordDf.Key(arena, cursor.Record)))
                {
                    return;
                }
            }

            walk.Next = KeyAnchors.After(arena, cursor.Record);
        }

        walk.End();
    }

    private static bool Move(ref TreeCursor cursor, bool reverse) => reverse ? cursor.MovePrevious() : cursor.MoveNext();
}
