namespace Daos.Fabric.Transport.Sockets.Bulk;

/// <summary>
/// The transfers that this side started on one connection, by the number that stands in their frames: slot in the low 16 bits, use of
/// the slot in the high 16, so that a late or invented number finds nothing. Owned by one owner thread.
/// </summary>
internal sealed class TransferTable
{
    private readonly RemoteOperation?[] _slots = new RemoteOperation?[Limits.TransfersPerConnection];
    private readonly ushort[] _uses = new ushort[Limits.TransfersPerConnection];
    private readonly short[] _free = new short[Limits.TransfersPerConnection];
    private int _freeCount;
    private RemoteOperation? _firstWaiting;
    private RemoteOperation? _lastWaiting;

    internal TransferTable()
    {
        for (int i = 0; i < _free.Length; i++)
        {
            _free[i] = (short)(_free.Length - 1 - i);
        }

        _freeCount = _free.Length;
    }

    /// <summary>Transfers with a slot.</summary>
    internal int Count => _slots.Length - _freeCount;

    /// <summary>Reads with a slot whose data comes on the socket.</summary>
    internal int StreamedReads { get; private set; }

    /// <summary>Gives a slot and its number; false when all are taken and the transfer waits.</summary>
    internal bool TryStart(RemoteOperation operation, out uint number)
    {
        if (_freeCount == 0)
        {
            number = 0;
            Append(operation);
            return false;
        }

        int slot = _free[--_freeCount];
        _slots[slot] = operation;
        operation.Slot = slot;
        StreamedReads += IsStreamedRead(operation) ? 1 : 0;
        number = NumberOf(slot);
        return true;
    }

    /// <summary>The transfer with this number, or null.</summary>
    internal RemoteOperation? Find(uint number)
    {
        int slot = (int)(number & 0xFFFF);
        return slot < _slots.Length && NumberOf(slot) == number ? _slots[slot] : null;
    }

    /// <summary>A transfer that was not on the socket goes there.</summary>
    internal void BecomeStream(RemoteOperation operation)
    {
        operation.Way = TransferWay.Stream;
        StreamedReads += operation.IsRead ? 1 : 0;
    }

    /// <summary>Frees the slot.</summary>
    internal void End(RemoteOperation operation)
    {
        int slot = operation.Slot;
        Invariant.Check(ReferenceEquals(_slots[slot], operation));
        _slots[slot] = null;
        _uses[slot]++;
        _free[_freeCount++] = (short)slot;
        operation.Slot = -1;
        StreamedReads -= IsStreamedRead(operation) ? 1 : 0;
    }

    /// <summary>The oldest transfer that waits for a slot, when one is free.</summary>
    internal RemoteOperation? TakeWaiting()
    {
        RemoteOperation? operation = _firstWaiting;
        if (operation is null || _freeCount == 0)
        {
            return null;
        }

        _firstWaiting = operation.NextWaiting;
        operation.NextWaiting = null;
        return operation;
    }

    /// <summary>Any transfer, started or waiting, removed from the table; null when there is none.</summary>
    internal RemoteOperation? TakeAny()
    {
        foreach (RemoteOperation? operation in _slots)
        {
            if (operation is not null)
            {
                End(operation);
                return operation;
            }
        }

        return TakeWaiting();
    }

    private static bool IsStreamedRead(RemoteOperation operation) => operation is { IsRead: true, Way: TransferWay.Stream };

    private uint NumberOf(int slot) => ((uint)_uses[slot] << 16) | (uint)slot;

    private void Append(RemoteOperation operation)
    {
        if (_firstWaiting is null)
        {
            _firstWaiting = operation;
        }
        else
        {
            _lastWaiting!.NextWaiting = operation;
        }

        _lastWaiting = operation;
    }
}
