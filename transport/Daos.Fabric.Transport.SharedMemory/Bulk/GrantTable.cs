namespace Daos.Fabric.Transport.SharedMemory.Bulk;

/// <summary>The grants that one peer holds, by the slot of its transfer. Owned by one owner thread.</summary>
internal sealed class GrantTable
{
    private readonly Grant[] _grants = new Grant[Limits.TransfersPerConnection];
    private readonly short[] _active = new short[Limits.TransfersPerConnection];

    /// <summary>Grants that were not ended.</summary>
    internal int Count { get; private set; }

    /// <summary>Those of them by which the peer touches the memory itself.</summary>
    internal int DirectCount
    {
        get
        {
            int count = 0;
            for (int i = 0; i < Count; i++)
            {
                count += _grants[_active[i]].IsDirect ? 1 : 0;
            }

            return count;
        }
    }

    internal ref Grant this[int slot] => ref _grants[slot];

    /// <summary>The slot of an active grant, by position.</summary>
    internal int SlotAt(int index) => _active[index];

    /// <summary>The slot of the active grant of a transfer, or -1.</summary>
    internal int Find(uint transfer)
    {
        int slot = TransferTable.SlotOf(transfer);
        return slot >= 0 && _grants[slot].IsActive && _grants[slot].Transfer == transfer ? slot : -1;
    }

    /// <summary>Starts a grant in a free slot.</summary>
    internal ref Grant Begin(int slot)
    {
        ref Grant grant = ref _grants[slot];
        Invariant.Check(!grant.IsActive);
        grant = default;
        grant.IsActive = true;
        grant.Index = Count;
        _active[Count++] = (short)slot;
        return ref grant;
    }

    /// <summary>Ends it.</summary>
    internal void End(int slot)
    {
        ref Grant grant = ref _grants[slot];
        Invariant.Check(grant.IsActive);
        short last = _active[--Count];
        _active[grant.Index] = last;
        _grants[last].Index = grant.Index;
        grant.IsActive = false;
        grant.Way = GrantWay.None;
    }
}
