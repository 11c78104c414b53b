using System.Numerics;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>
/// Finds committed transactions by id: a hash table of the arena offsets of their entries, 16 to 32 bytes each. Memory only. Owned by one
/// xstream.
/// </summary>
internal sealed unsafe class CommittedIndex(Arena arena)
{
    private ulong[] _entries = new ulong[256];

    /// <summary>Entries in it.</summary>
    public int Count { get; private set; }

    private int Mask => _entries.Length - 1;

    /// <summary>Offset of the entry with this id, 0 when there is none.</summary>
    public ulong Find(TransactionId id)
    {
        for (int at = SlotOf(id); _entries[at] != 0; at = (at + 1) & Mask)
        {
            if (IdAt(_entries[at]) == id)
            {
                return _entries[at];
            }
        }

        return 0;
    }

    /// <summary>Adds an entry whose id is not there yet.</summary>
    public void Add(ulong entry)
    {
        if (Count >= _entries.Length / 2)
        {
            ulong[] old = _entries;
            _entries = new ulong[old.Length * 2];
            foreach (ulong offset in old)
            {
                Put(offset);
            }
        }

        Put(entry);
        Count++;
    }

    /// <summary>Takes an entry out; nothing happens when it is not there.</summary>
    public void Remove(ulong entry)
    {
        int at = SlotOf(IdAt(entry));
        while (_entries[at] != entry)
        {
            if (_entries[at] == 0)
            {
                return;
            }

            at = (at + 1) & Mask;
        }

        // What stands behind in the same run moves up, unless it would come before its own place.
        Count--;
        int hole = at;
        _entries[hole] = 0;
        for (int next = (hole + 1) & Mask; _entries[next] != 0; next = (next + 1) & Mask)
        {
            int home = SlotOf(IdAt(_entries[next]));
            if (((next - home) & Mask) >= ((next - hole) & Mask))
            {
                _entries[hole] = _entries[next];
                _entries[next] = 0;
                hole = next;
            }
        }
    }

    private void Put(ulong entry)
    {
        if (entry == 0)
        {
            return;
        }

        int at = SlotOf(IdAt(entry));
        while (_entries[at] != 0)
        {
            at = (at + 1) & Mask;
        }

        _entries[at] = entry;
    }

    private TransactionId IdAt(ulong entry) => CommittedEntryDf.IdOf(arena.At<CommittedEntryDf>(entry));

    private int SlotOf(TransactionId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.Client.TryWriteBytes(bytes, bigEndian: true, out _);
        ulong hash = KeyHash.Compute(KeyHash.Compute(bytes), id.Hlc);
        return (int)(hash >> (64 - BitOperations.Log2((uint)_entries.Length)));
    }
}
