using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>
/// The undecided transactions of a shard, by id and by the number that their records carry. Memory only: the arena holds the same, and
/// this is built again from it. Owned by one xstream.
/// </summary>
internal sealed class OpenTransactions
{
    private readonly Dictionary<(ulong Container, TransactionId Id), uint> _byId = [];
    private readonly TransactionId[] _blocking = new TransactionId[TransactionLimits.BlockingMax];
    private OpenSlot[] _slots = new OpenSlot[64];
    private uint[] _free = new uint[64];
    private int _freeCount;
    private uint _highest;

    /// <summary>Undecided transactions.</summary>
    public int Count => _byId.Count;

    /// <summary>The highest number given so far.</summary>
    public uint Highest => _highest;

    /// <summary>The transaction that is being prepared; 0 when none is.</summary>
    public uint Preparing { get; set; }

    /// <summary>Transactions that the newest refused operation met, at most <see cref="TransactionLimits.BlockingMax"/>.</summary>
    public ReadOnlySpan<TransactionId> Blocking => _blocking.AsSpan(0, BlockingCount);

    private int BlockingCount { get; set; }

    /// <summary>The slot of a number, which is in use or being prepared.</summary>
    public ref OpenSlot this[uint reference] => ref _slots[reference];

    /// <summary>What readers may make of the records of a transaction.</summary>
    public Availability AvailabilityOf(uint reference)
    {
        Invariant.Check(reference < (uint)_slots.Length);
        return _slots[reference].Availability;
    }

    /// <summary>The number of a transaction, 0 when it is not undecided.</summary>
    public uint Find(ulong container, TransactionId id) => _byId.GetValueOrDefault((container, id));

    /// <summary>Turns the view of a write into one that relies on no undecided outcome but that of its own transaction.</summary>
    public ReadView ForWriter(ReadView view)
    {
        view.Rule = OpenRule.Either;
        view.SeesOwn(Preparing);
        return view;
    }

    /// <summary>Notes what an operation met that it cannot answer without.</summary>
    public void NoteBlocking(uint reference, bool isFirst)
    {
        BlockingCount = isFirst ? 0 : BlockingCount;
        TransactionId id = _slots[reference].Id;
        if (BlockingCount < _blocking.Length && !Blocking.Contains(id))
        {
            _blocking[BlockingCount++] = id;
        }
    }

    /// <summary>Takes a number for a transaction that is about to be prepared. DER_OVERLOAD_RETRY when there are too many.</summary>
    public DerCode Take(in OpenSlot slot, out uint reference)
    {
        reference = 0;
        if (_freeCount > 0)
        {
            reference = _free[--_freeCount];
        }
        else if (_highest < TransactionLimits.OpenMax)
        {
            reference = ++_highest;
        }
        else
        {
            return DerCode.OverloadRetry;
        }

        Put(reference, in slot);
        return DerCode.Success;
    }

    /// <summary>Puts what was found in the arena where its records look for it; <see cref="FindFree"/> follows the last.</summary>
    public void Load(uint reference, in OpenSlot slot)
    {
        Invariant.Check(reference is > 0 and <= TransactionLimits.OpenMax);
        _highest = Math.Max(_highest, reference);
        Put(reference, in slot);
        Invariant.Check(_byId.TryAdd((slot.Container, slot.Id), reference));
    }

    /// <summary>The numbers that nothing was loaded for are free.</summary>
    public void FindFree()
    {
        for (uint i = _highest; i > 0; i--)
        {
            if (_slots[i].Entry == 0)
            {
                Free(i);
            }
        }
    }

    /// <summary>A taken number is that of a prepared transaction from now on.</summary>
    public void Open(uint reference, ulong entry, LogPosition position)
    {
        ref OpenSlot slot = ref _slots[reference];
        slot.Entry = entry;
        slot.Position = position;
        _byId.Add((slot.Container, slot.Id), reference);
    }

    /// <summary>Gives a number back, taken or open.</summary>
    public void Close(uint reference)
    {
        ref OpenSlot slot = ref _slots[reference];
        if (slot.Entry != 0)
        {
            _byId.Remove((slot.Container, slot.Id));
        }

        slot = default;
        Free(reference);
    }

    /// <summary>The oldest epoch at which something is undecided; the largest number when nothing is.</summary>
    public ulong LowestEpoch()
    {
        ulong lowest = ulong.MaxValue;
        for (uint i = 1; i <= _highest && Count > 0; i++)
        {
            lowest = _slots[i].Entry != 0 ? Math.Min(lowest, _slots[i].Epoch) : lowest;
        }

        return lowest;
    }

    /// <summary>True when something is undecided at an epoch or above it.</summary>
    public bool HasFrom(ulong epoch)
    {
        for (uint i = 1; i <= _highest && Count > 0; i++)
        {
            if (_slots[i].Entry != 0 && _slots[i].Epoch >= epoch)
            {
                return true;
            }
        }

        return false;
    }

    private void Put(uint reference, in OpenSlot slot)
    {
        if (reference >= _slots.Length)
        {
            Array.Resize(ref _slots, Math.Max(_slots.Length * 2, (int)reference + 1));
        }

        _slots[reference] = slot;
    }

    private void Free(uint reference)
    {
        if (_freeCount == _free.Length)
        {
            Array.Resize(ref _free, _freeCount * 2);
        }

        _free[_freeCount++] = reference;
    }
}
