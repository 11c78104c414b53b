namespace Daos.Fabric.Store.Listing;

/// <summary>Where a walk over dkeys or akeys goes on. Pure functions over the arena; owned by one xstream.</summary>
internal static unsafe class KeyAnchors
{
    /// <summary>The place right after a key.</summary>
    public static ListAnchor After(Arena arena, ulong record) => new()
    {
        Kind = AnchorKind.AfterKey,
        Prefix = PrefixKey.PrefixOf(arena, record),
        Record = record,
        Hash = KeyHash.Compute(KeyRecordDf.Key(arena, record)),
    };

    /// <summary>Moves a cursor to the first key after an anchor, or to the last one before it; false when there is none.</summary>
    public static bool Seek(Arena arena, ref TreeCursor cursor, KeyOrder order, ListAnchor anchor, bool descending)
    {
        if (anchor.Kind == AnchorKind.Start)
        {
            return descending ? cursor.SeekLast() : cursor.SeekFirst();
        }

        if (order == KeyOrder.Integer)
        {
            return SeekPast(arena, ref cursor, order, (byte*)&anchor.Prefix, sizeof(ulong), descending);
        }

        if (TryKeyOf(arena, in anchor, out byte* key, out int keyLength))
        {
            return SeekPast(arena, ref cursor, order, key, keyLength, descending);
        }

        // The key is gone: go on at its prefix.
        if (!descending)
        {
            return cursor.SeekAtLeast(new PrefixKey(anchor.Prefix));
        }

        return anchor.Prefix == ulong.MaxValue ? cursor.SeekLast() : cursor.SeekAtMost(new PrefixKey(anchor.Prefix + 1));
    }

    private static bool SeekPast(Arena arena, ref TreeCursor cursor, KeyOrder order, byte* key, int keyLength, bool descending)
    {
        if (!KeyTree.SeekAtLeast(ref cursor, order, key, keyLength))
        {
            return descending && cursor.SeekLast();
        }

        if (descending)
        {
            return cursor.MovePrevious();
        }

        bool same = KeyRecordDf.Key(arena, cursor.Record).SequenceEqual(new ReadOnlySpan<byte>(key, keyLength));
        return !same || cursor.MoveNext();
    }

    // An anchor comes from outside: nothing it says is used before it was checked.
    private static bool TryKeyOf(Arena arena, in ListAnchor anchor, out byte* key, out int keyLength)
    {
        key = null;
        keyLength = 0;
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
