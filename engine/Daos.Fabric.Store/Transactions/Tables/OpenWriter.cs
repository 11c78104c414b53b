namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>
/// Marks the records that are being written as those of a transaction, and collects them; without one it marks nothing. Owned by one
/// xstream.
/// </summary>
internal sealed class OpenWriter
{
    private RecordReferenceDf[] _records = new RecordReferenceDf[16];
    private int _count;

    /// <summary>What new records name their transaction by; 0 for a stand-alone modification.</summary>
    public uint Reference { get; private set; }

    /// <summary>What was written so far, in order.</summary>
    public ReadOnlySpan<RecordReferenceDf> Records => _records.AsSpan(0, _count);

    /// <summary>From now on records belong to a transaction.</summary>
    public void Begin(uint reference)
    {
        Invariant.Check(Reference == 0);
        Reference = reference;
        _count = 0;
    }

    /// <summary>No more.</summary>
    public void End() => Reference = 0;

    /// <summary>Notes a version or an extent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddValue(RecordKind kind, ulong record, ulong akey)
    {
        if (Reference != 0)
        {
            Add(new RecordReferenceDf(kind, record, akey, 0));
        }
    }

    /// <summary>Notes an event of a log whose owner stands in the tree at a root word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddEvent(ulong log, ulong treeWord, ushort minor)
    {
        if (Reference != 0)
        {
            Add(new RecordReferenceDf(RecordKind.Event, log, treeWord, minor));
        }
    }

    private void Add(RecordReferenceDf reference)
    {
        if (_count == _records.Length)
        {
            Array.Resize(ref _records, _count * 2);
        }

        _records[_count++] = reference;
    }
}
