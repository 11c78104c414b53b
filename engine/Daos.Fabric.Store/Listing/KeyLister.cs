using Daos.Fabric.Store.Io;
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

        ReadView view = store.DependentViewOf(target.Epoch);
        VersionStamp hidden = default;
        ulong found = store.Objects.Find(container, target.Object);
        if (found == 0 || !IncarnationLog.Exists(store.Memory, found, ref hidden, ref view))
        {
            return End(view.DependsOn, ref next, out result);
        }

        ulong root = store.Memory.Read<ObjectDf>(found)->Dkeys;
        return List(root, target.Object.DkeyOrder, hidden, ref view, in request, packed, ref next, out result);
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

        ReadView view = store.DependentViewOf(target.Epoch);
        VersionStamp hidden = default;
        ulong dkey = store.LocateDkey(container, in target, ref hidden, ref view);
        if (dkey == 0)
        {
            return End(view.DependsOn, ref next, out result);
        }

        ulong root = store.Memory.Read<KeyRecordDf>(dkey)->Below;
        return List(root, target.Object.AkeyOrder, hidden, ref view, in request, packed, ref next, out result);
    }

    private DerCode Start(in ObjectTarget target, in ListRequest request, out ListAnchor next, out ListResult result, out ulong container)
    {
        next = request.Anchor;
        result = default;
        DerCode code = store.LocateContainer(target.Container, target.Epoch.Value, out container);
        return code.IsSuccess && request.Anchor.Kind is AnchorKind.BeforeIndex or > AnchorKind.End ? DerCode.Invalid : code;
    }

    private static DerCode End(LogPosition dependsOn, ref ListAnchor next, out ListResult result)
    {
        next = new ListAnchor { Kind = AnchorKind.End };
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
        bool more = Seek(ref cursor, order, in request);
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

        next = !more ? new ListAnchor { Kind = AnchorKind.End } : last == 0 ? request.Anchor : After(last);
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

    private ListAnchor After(ulong record) => new()
    {
        Kind = AnchorKind.AfterKey,
        Prefix = PrefixKey.PrefixOf(store.Memory.Arena, record),
        Record = record,
        Hash = KeyHash.Compute(KeyRecordDf.Key(store.Memory.Arena, record)),
    };

    private bool Seek(ref TreeCursor cursor, KeyOrder order, in ListRequest request)
    {
        if (request.Anchor.Kind == AnchorKind.Start)
        {
            return request.Descending ? cursor.SeekLast() : cursor.SeekFirst();
        }

        ListAnchor anchor = request.Anchor;
        if (order == KeyOrder.Integer)
        {
            return SeekPast(ref cursor, order, (byte*)&anchor.Prefix, sizeof(ulong), request.Descending);
        }

        if (TryKeyOf(in anchor, out byte* key, out int keyLength))
        {
            return SeekPast(ref cursor, order, key, keyLength, request.Descending);
        }

        // The key is gone: go on at its prefix.
        if (!request.Descending)
        {
            return cursor.SeekAtLeast(new PrefixKey(anchor.Prefix));
        }

        return anchor.Prefix == ulong.MaxValue ? cursor.SeekLast() : cursor.SeekAtMost(new PrefixKey(anchor.Prefix + 1));
    }

    private bool SeekPast(ref TreeCursor cursor, KeyOrder order, byte* key, int keyLength, bool descending)
    {
        if (!KeyTree.SeekAtLeast(ref cursor, order, key, keyLength))
        {
            return descending && cursor.SeekLast();
        }

        if (descending)
        {
            return cursor.MovePrevious();
        }

        bool same = KeyRecordDf.Key(store.Memory.Arena, cursor.Record).SequenceEqual(new ReadOnlySpan<byte>(key, keyLength));
        return !same || cursor.MoveNext();
    }

    // An anchor comes from outside: nothing it says is used before it was checked.
    private bool TryKeyOf(in ListAnchor anchor, out byte* key, out int keyLength)
    {
        key = null;
        keyLength = 0;
        Arena arena = store.Memory.Arena;
        ulong used = arena.UsedBytes;
        if (anchor.Record < Arena.FirstSlab || anchor.Record > used - KeyRecordDf.SizeBytes)
        {
            return false;
        }

        keyLength = arena.At<KeyRecordDf>(anchor.Record)->KeyLength;
        ulong start = anchor.Record + KeyRecordDf.SizeBytes;
        if (keyLength is 0 or > ObjectLimits.KeyBytesMax || (ulong)keyLength > used - start)
        {
            return false;
        }

        key = arena.At(start, keyLength);
        return KeyHash.Compute(new ReadOnlySpan<byte>(key, keyLength)) == anchor.Hash;
    }
}
