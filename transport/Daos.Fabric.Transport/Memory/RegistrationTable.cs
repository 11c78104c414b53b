using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Transport.Memory;

/// <summary>
/// Memory that one peer may read or write by key. A key is 44 random bits over the slot's number, so that a lookup is one index and
/// one comparison. Owned by the owner thread of its connection.
/// </summary>
internal sealed unsafe class RegistrationTable(SeededRandom random)
{
    private const ulong SlotMask = (1UL << Limits.RegistrationSlotBits) - 1;

    private Slot[] _slots = new Slot[8];
    private int _used;
    private int _free = -1;

    /// <summary>Registrations now.</summary>
    internal int Count { get; private set; }

    /// <summary>Adds memory; the default value when the table is full.</summary>
    internal RemoteMemory Add(byte* address, long lengthBytes, MemoryAccess access)
    {
        int index = TakeSlot();
        if (index < 0)
        {
            return default;
        }

        ulong tag;
        do
        {
            tag = random.NextUInt64() & ~SlotMask;
        }
        while (tag == 0);

        ref Slot slot = ref _slots[index];
        slot.Key = tag | (uint)index;
        slot.Address = address;
        slot.LengthBytes = lengthBytes;
        slot.Access = access;
        Count++;
        return new RemoteMemory(slot.Key, lengthBytes, access);
    }

    /// <summary>Revokes a key; false when it is not valid.</summary>
    internal bool Remove(ulong key)
    {
        int index = Find(key);
        if (index < 0)
        {
            return false;
        }

        ref Slot slot = ref _slots[index];
        slot.Key = 0;
        slot.Address = null;
        slot.NextFree = _free;
        _free = index;
        Count--;
        return true;
    }

    /// <summary>Revokes everything.</summary>
    internal void Clear()
    {
        for (int i = 0; i < _used; i++)
        {
            Remove(_slots[i].Key);
        }
    }

    /// <summary>The address behind a key, an offset and a length that a peer sent; null when it may not have that access.</summary>
    internal byte* Resolve(ulong key, ulong offsetBytes, ulong lengthBytes, MemoryAccess wanted)
    {
        int index = Find(key);
        if (index < 0)
        {
            return null;
        }

        ref Slot slot = ref _slots[index];
        ulong length = (ulong)slot.LengthBytes;
        bool inRange = offsetBytes <= length && lengthBytes <= length - offsetBytes;
        return inRange && (slot.Access & wanted) == wanted ? slot.Address + offsetBytes : null;
    }

    /// <summary>What a key stands for; false when it is not valid.</summary>
    internal bool TryGet(ulong key, out byte* address, out RemoteMemory memory)
    {
        int index = Find(key);
        address = index < 0 ? null : _slots[index].Address;
        memory = index < 0 ? default : new RemoteMemory(key, _slots[index].LengthBytes, _slots[index].Access);
        return index >= 0;
    }

    private int Find(ulong key)
    {
        int index = (int)(key & SlotMask);
        return key != 0 && index < _used && _slots[index].Key == key ? index : -1;
    }

    private int TakeSlot()
    {
        if (_free >= 0)
        {
            int index = _free;
            _free = _slots[index].NextFree;
            return index;
        }

        if (_used == Limits.RegistrationsPerConnection)
        {
            return -1;
        }

        if (_used == _slots.Length)
        {
            Array.Resize(ref _slots, _used * 2);
        }

        return _used++;
    }

    private struct Slot
    {
        public ulong Key;
        public byte* Address;
        public long LengthBytes;
        public MemoryAccess Access;
        public int NextFree;
    }
}
