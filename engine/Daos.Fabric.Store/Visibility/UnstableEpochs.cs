using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Visibility;

/// <summary>
/// The epochs of committed modifications whose log record is not stable yet. Stand-alone reads step over them; everything else that met
/// one must wait for its position before it answers. Not on media: what recovery finds is stable. Owned by one xstream.
/// </summary>
/// <remarks>
/// Epochs that this shard mints grow with the log, so the entries form a ring in both orders at once. An epoch that came from
/// elsewhere (a resend, a leader) may be older than the newest in the ring; those few stand in a list of their own.
/// </remarks>
internal sealed class UnstableEpochs
{
    private Entry[] _ring = new Entry[1024];
    private long _head;
    private long _tail;
    private Entry[] _late = new Entry[16];
    private int _lateCount;

    /// <summary>No epoch below it is unstable; the one comparison of the usual case.</summary>
    public ulong Lowest { get; private set; } = ulong.MaxValue;

    /// <summary>What is durable or will be, but undecided: the other reason not to show a record.</summary>
    public OpenTransactions Open { get; } = new();

    /// <summary>Number of entries.</summary>
    public int Count => (int)(_tail - _head) + _lateCount;

    /// <summary>Notes a commit that is not stable yet.</summary>
    public void Add(ulong epoch, LogPosition position)
    {
        var entry = new Entry { Epoch = epoch, Position = position };
        if (_tail > _head && epoch < _ring[(_tail - 1) & (_ring.Length - 1)].Epoch)
        {
            AddLate(entry);
        }
        else
        {
            if (_tail - _head == _ring.Length)
            {
                Grow();
            }

            _ring[_tail++ & (_ring.Length - 1)] = entry;
        }

        Lowest = Math.Min(Lowest, epoch);
    }

    /// <summary>Forgets what is stable by now.</summary>
    public void Trim(LogPosition stable)
    {
        if (Lowest == ulong.MaxValue)
        {
            return;
        }

        while (_head < _tail && _ring[_head & (_ring.Length - 1)].Position <= stable)
        {
            _head++;
        }

        for (int i = _lateCount - 1; i >= 0; i--)
        {
            if (_late[i].Position <= stable)
            {
                _late[i] = _late[--_lateCount];
            }
        }

        Lowest = _head < _tail ? _ring[_head & (_ring.Length - 1)].Epoch : ulong.MaxValue;
        for (int i = 0; i < _lateCount; i++)
        {
            Lowest = Math.Min(Lowest, _late[i].Epoch);
        }
    }

    /// <summary>True when the epoch is unstable, with the position to wait for.</summary>
    public bool TryFind(ulong epoch, out LogPosition position)
    {
        position = default;
        if (epoch < Lowest)
        {
            return false;
        }

        bool found = false;
        for (int i = 0; i < _lateCount; i++)
        {
            if (_late[i].Epoch == epoch && _late[i].Position >= position)
            {
                position = _late[i].Position;
                found = true;
            }
        }

        return FindInRing(epoch, ref position) || found;
    }

    private bool FindInRing(ulong epoch, ref LogPosition position)
    {
        // The last entry of this epoch: the first one above it, minus one.
        long low = _head;
        long high = _tail;
        while (low < high)
        {
            long middle = (low + high) >> 1;
            if (_ring[middle & (_ring.Length - 1)].Epoch <= epoch)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        if (low == _head || _ring[(low - 1) & (_ring.Length - 1)].Epoch != epoch)
        {
            return false;
        }

        LogPosition there = _ring[(low - 1) & (_ring.Length - 1)].Position;
        position = there > position ? there : position;
        return true;
    }

    private void AddLate(Entry entry)
    {
        if (_lateCount == _late.Length)
        {
            Array.Resize(ref _late, _lateCount * 2);
        }

        _late[_lateCount++] = entry;
    }

    private void Grow()
    {
        var larger = new Entry[_ring.Length * 2];
        for (long i = _head; i < _tail; i++)
        {
            larger[i & (larger.Length - 1)] = _ring[i & (_ring.Length - 1)];
        }

        _ring = larger;
    }

    private struct Entry
    {
        public ulong Epoch;
        public LogPosition Position;
    }
}
