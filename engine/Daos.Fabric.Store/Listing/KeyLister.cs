using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Timestamps;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Listing;

/// <summary>Lists dkeys and akeys, packed as u16 length and bytes. Owned by one xstream.</summary>
internal sealed unsafe class KeyLister(ObjectStore store)
{
    /// <summary>See <see cref="StoreShard.ListDkeys"/>.</summary>
    public DerCode ListDkeys(in ObjectTarget target, in ListRequest request, Span<byte> packed, out ListAnchor next, out ListResult result)
    {
        DerCode code = Start(in target, in request, out next, out result, out ulong container);
        if (code.IsError || next.IsEnd)
        {
            return code;
        }

        ReadView view = store.DependentViewOf(in target);
        VersionStamp hidden = default;
        ulong found = store.Objects.Find(container, target.Object);
        if (found == 0 || !IncarnationLog.Exists(store.Memory, found, ref hidden, ref view))
        {
            code = End(view.DependsOn, ref next, out result);
        }
        else
        {
            ulong root = store.Memory.Read<ObjectDf>(found)->Dkeys;
            code = List(root, target.Object.DkeyOrder, hidden, ref view, in request, packed, ref next, out result);
        }

        return store.EndRead(code, in target, TimestampLevel.Object, in view);
    }

    /// <summary>See <see cref="StoreShard.ListAkeys"/>.</summary>
    public DerCode ListAkeys(in ObjectTarget target, in ListRequest request, Span<byte> packed, out ListAnchor next, out ListResult result)
    {
        DerCode code = Start(in target, in request, out next, out result, out ulong container);
        code = code.IsError ? code : KeyTree.Validate(target.Object.DkeyOrder, target.DkeyLength);
        if (code.IsError || next.IsEnd)
        {
            return code;
        }

        ReadView view = store.DependentViewOf(in target);
        VersionStamp hidden = default;
        ulong dkey = store.LocateDkey(container, in target, ref hidden, ref view);
        if (dkey == 0)
        {
            code = End(view.DependsOn, ref next, out result);
        }
        else
        {
            ulong root = store.Memory.Read<KeyRecordDf>(dkey)->Below;
            code = List(root, target.Object.AkeyOrder, hidden, ref view, in request, packed, ref next, out result);
        }

        return store.EndRead(code, in target, TimestampLevel.Dkey, in view);
    }

    private DerCode Start(in ObjectTarget target, in ListRequest request, out ListAnchor next, out ListResult result, out ulong container)
    {
        next = request.Anchor;
        result = default;
        DerCode code = store.LocateContainer(target.Container, target.Epoch.Value, out container);
        return code.IsSuccess && request.Anchor.Kind is not (AnchorKind.Start or AnchorKind.AfterKey or AnchorKind.End)
            ? DerCode.Invalid
            : code;
    }

    private static DerCode End(LogPosition dependsOn, ref ListAnchor next, out ListResult result)
    {
        next = ListAnchor.End;
        result = new ListResult { DependsOn = dependsOn };
        return DerCode.Success;
    }

    private DerCode List(
        ulong root,
        KeyOrder order,
        VersionStamp hidden,
        ref ReadView view,
        in ListRequest request,
        Span<byte> packed,
        ref ListAnchor next,
        out ListResult result)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(store.Memory.Arena, root);
        int bytes = 0;
        int count = 0;
        int visitsLeft = ObjectLimits.ListVisitsMax;
        ulong last = 0;
        bool more = KeyAnchors.Seek(store.Memory.Arena, ref cursor, order, request.Anchor, request.Descending);
        for (; more && visitsLeft-- > 0; more = request.Descending ? cursor.MovePrevious() : cursor.MoveNext())
        {
            VersionStamp below = hidden;
            if (IncarnationLog.Exists(store.Memory, cursor.Record, ref below, ref view))
            {
                ReadOnlySpan<byte> key = KeyRecordDf.Key(store.Memory.Arena, cursor.Record);
                int entryBytes = sizeof(ushort) + key.Length;
                if (entryBytes > packed.Length - bytes || (request.CountMax > 0 && count == request.CountMax))
                {
                    break;
                }

                MemoryMarshal.Write(packed[bytes..], (ushort)key.Length);
                key.CopyTo(packed[(bytes + sizeof(ushort))..]);
                bytes += entryBytes;
                count++;
            }

            last = cursor.Record;
        }

        next = !more ? ListAnchor.End : last == 0 ? request.Anchor : KeyAnchors.After(store.Memory.Arena, last);
        if (more && last == 0)
        {
            // Not even one entry: tell how much it takes.
            int needed = sizeof(ushort) + KeyRecordDf.Key(store.Memory.Arena, cursor.Record).Length;
            result = new ListResult { Bytes = needed, DependsOn = view.DependsOn };
            return DerCode.KeyTooBig;
        }

        result = new ListResult { Count = count, Bytes = bytes, DependsOn = view.DependsOn };
        return DerCode.Success;
    }
}
