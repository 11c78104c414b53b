namespace Daos.Fabric.Store.Reclaim;

/// <summary>Where a walk over the keys of one tree stands: at a key, or just after it. The key's bytes are a copy. Owned by one xstream.</summary>
internal sealed unsafe class ScanPosition
{
    private readonly byte[] _key = new byte[ObjectLimits.KeyBytesMax];
    private int _length;
    private bool _isAfter;

    /// <summary>True when <see cref="Next"/> last gave another key than the time before: what was remembered below that one is of no use.</summary>
    public bool IsNew { get; private set; }

    /// <summary>The bytes of the key that it stands at; a copy, valid until the next call.</summary>
    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _length);

    /// <summary>Back to the beginning.</summary>
    public void Reset() => _length = 0;

    /// <summary>The current key is done.</summary>
    public void Pass() => _isAfter = true;

    /// <summary>The next key's record: the current one again unless it was passed; 0 at the end.</summary>
    public ulong Next(TreeMemory memory, ulong root, KeyOrder order)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, root);
        bool found;
        fixed (byte* key = _key)
        {
            found = _length == 0 ? cursor.SeekFirst() : KeyTree.SeekAtLeast(ref cursor, order, key, _length);
        }

        if (found && _length > 0 && _isAfter && KeyRecordDf.Key(memory.Arena, cursor.Record).SequenceEqual(_key.AsSpan(0, _length)))
        {
            found = cursor.MoveNext();
        }

        if (!found)
        {
            return 0;
        }

        ReadOnlySpan<byte> current = KeyRecordDf.Key(memory.Arena, cursor.Record);
        IsNew = !current.SequenceEqual(Key);
        current.CopyTo(_key);
        _length = current.Length;
        _isAfter = false;
        return cursor.Record;
    }
    /// <summary>The record of the key that the walk stands at, 0 when it is gone; the walk stays where it is.</summary>
    public ulong Find(TreeMemory memory, ulong root, KeyOrder order)
    {
        fixed (byte* key = _key)
        {
            return _length == 0 ? 0 : KeyTree.Find(memory.Arena, root, order, key, _length);
        }
    }
}
