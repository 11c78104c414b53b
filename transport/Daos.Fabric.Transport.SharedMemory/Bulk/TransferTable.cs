namespace Daos.Fabric.Transport.SharedMemory.Bulk;

/// <summary>
/// The transfers that this side started, by the number that stands in their frames: slot in the low 16 bits, use of the slot in the high
/// 16, so that a late or invented number finds nothing. Owned by one owner thread.
/// </summary>
internal sealed class TransferTable
{
    private readonly RemoteTransfer?[] _slots = new RemoteTransfer?[Limits.TransfersPerConnection];
    private readonly ushort[] _uses = new ushort[Limits.TransfersPerConnection];
    private readonly short[] _free = new short[Limits.TransfersPerConnection];
    private int _freeCount = Limits.TransfersPerConnection;

    internal TransferTable()
    {
        for (int i = 0; i < _free.Length; i++)
        {
            _free[i] = (short)(_free.Length - 1 - i);
        }
    }

    /// <summary>Transfers with a number.</summary>
    internal int Count => _slots.Length - _freeCount;

    /// <summary>True when another may have a number.</summary>
    internal bool HasRoom => _freeCount > 0;

    /// <summary>The slot of a number that a peer sent, or -1 when no slot has it.</summary>
    internal static int SlotOf(uint number) => (number & 0xFFFF) < Limits.TransfersPerConnection ? (int)(number & 0xFFFF) : -1;

    /// <summary>Gives it a number.</summary>
    internal void Add(RemoteTransfer transfer)
    {
        int slot = _free[--_freeCount];
        _slots[slot] = transfer;
        transfer.Number = NumberOf(slot);
    }

    /// <summary>The transfer with this number, or null.</summary>
    internal RemoteTransfer? Find(uint number)
    {
        int slot = SlotOf(number);
        return slot >= 0 && NumberOf(slot) == number ? _slots[slot] : null;
    }

    /// <summary>Takes the number back.</summary>
    internal void Remove(RemoteTransfer transfer)
    {
        int slot = SlotOf(transfer.Number);
        Invariant.Check(ReferenceEquals(_slots[slot], transfer));
        _slots[slot] = null;
        _uses[slot]++;
        _free[_freeCount++] = (short)slot;
    }

    /// <summary>Any transfer, or null.</summary>
    internal RemoteTransfer? Any()
    {
        foreach (RemoteTransfer? transfer in _slots)
        {
            if (transfer is not null)
            {
                return transfer;
            }
        }

        return null;
    }

    private uint NumberOf(int slot) => ((uint)_uses[slot] << 16) | (uint)slot;
}
