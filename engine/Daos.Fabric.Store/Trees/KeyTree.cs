namespace Daos.Fabric.Store.Trees;

/// <summary>
/// Trees of dkeys and akeys: picks the tree code for the key order that the object's type asks for. Owned by one xstream.
/// </summary>
internal static unsafe class KeyTree
{
    /// <summary>The key's record, or 0.</summary>
    public static ulong Find(Arena arena, ulong root, KeyOrder order, byte* key, int keyLength)
    {
        if (root == 0)
        {
            return 0;
        }

        switch (order)
        {
            case KeyOrder.Integer:
                return BTree.Find(arena, root, new IntegerKey(*(ulong*)key));
            case KeyOrder.Lexical:
                return BTree.Find(arena, root, new LexicalKey(key, keyLength));
            default:
                // One akey per dkey is the rule: no need to hash for a tree of one record.
                if ((root & BTree.InlineTag) != 0)
                {
                    ulong record = root & ~BTree.InlineTag;
                    return KeyRecordDf.Key(arena, record).SequenceEqual(new ReadOnlySpan<byte>(key, keyLength)) ? record : 0;
                }

                return BTree.Find(arena, root, new HashedKey(key, keyLength));
        }
    }

    /// <summary>Adds a record for a key that is not there; 0 when the arena is full.</summary>
    public static ulong Add(TreeMemory memory, ulong rootWord, KeyOrder order, byte* key, int keyLength)
    {
        ulong record = memory.Transaction.Allocate(KeyRecordDf.AllocationBytes(keyLength));
        if (record == 0)
        {
            return 0;
        }

        var created = memory.Read<KeyRecordDf>(record);
        created->KeyLength = (ushort)keyLength;
        created->Order = order;
        new ReadOnlySpan<byte>(key, keyLength).CopyTo(new Span<byte>(created + 1, keyLength));
        DerCode code = order switch
        {
            KeyOrder.Integer => BTree.Insert(memory, rootWord, new IntegerKey(*(ulong*)key), record),
            KeyOrder.Lexical => BTree.Insert(memory, rootWord, new LexicalKey(key, keyLength), record),
            _ => BTree.Insert(memory, rootWord, new HashedKey(key, keyLength), record),
        };
        Invariant.Check(code != DerCode.Exists);
        return code.IsSuccess ? record : 0;
    }

    /// <summary>Moves a cursor to the first key that is not below the given one.</summary>
    public static bool SeekAtLeast(ref TreeCursor cursor, KeyOrder order, byte* key, int keyLength) => order switch
    {
        KeyOrder.Integer => cursor.SeekAtLeast(new IntegerKey(*(ulong*)key)),
        KeyOrder.Lexical => cursor.SeekAtLeast(new LexicalKey(key, keyLength)),
        _ => cursor.SeekAtLeast(new HashedKey(key, keyLength)),
    };

    /// <summary>Takes a key out of its tree; its record is not freed.</summary>
    public static void Remove(TreeMemory memory, ulong rootWord, ulong record)
    {
        var key = memory.Read<KeyRecordDf>(record);
        int length = key->KeyLength;
        byte* bytes = memory.Arena.At(record + KeyRecordDf.SizeBytes, length);
        ulong removed = key->Order switch
        {
            KeyOrder.Integer => BTree.Remove(memory, rootWord, new IntegerKey(*(ulong*)bytes)),
            KeyOrder.Lexical => BTree.Remove(memory, rootWord, new LexicalKey(bytes, length)),
            _ => BTree.Remove(memory, rootWord, new HashedKey(bytes, length)),
        };
        Invariant.Check(removed == record);
    }

    /// <summary>Bounds of a key: DER_INVAL for none, DER_KEY2BIG above the limit, DER_INVAL for a number that is not 8 bytes.</summary>
    public static DerCode Validate(KeyOrder order, int keyLength)
    {
        if (keyLength <= 0)
        {
            return DerCode.Invalid;
        }

        if (keyLength > ObjectLimits.KeyBytesMax)
        {
            return DerCode.KeyTooBig;
        }

        return order == KeyOrder.Integer && keyLength != sizeof(ulong) ? DerCode.Invalid : DerCode.Success;
    }
}
