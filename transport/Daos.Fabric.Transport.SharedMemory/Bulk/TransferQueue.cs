namespace Daos.Fabric.Transport.SharedMemory.Bulk;

/// <summary>Transfers in order, linked through themselves: one stands in one queue at most. Owned by one owner thread.</summary>
internal struct TransferQueue
{
    private RemoteTransfer? _last;

    /// <summary>The oldest, or null.</summary>
    internal RemoteTransfer? First { get; private set; }

    internal void Append(RemoteTransfer transfer)
    {
        transfer.Next = null;
        if (First is null)
        {
            First = transfer;
        }
        else
        {
            _last!.Next = transfer;
        }

        _last = transfer;
    }

    /// <summary>Takes one out, wherever it stands; nothing happens when it is not there.</summary>
    internal void Remove(RemoteTransfer transfer)
    {
        RemoteTransfer? before = null;
        for (RemoteTransfer? at = First; at is not null; before = at, at = at.Next)
        {
            if (!ReferenceEquals(at, transfer))
            {
                continue;
            }

            if (before is null)
            {
                First = at.Next;
            }
            else
            {
                before.Next = at.Next;
            }

            if (ReferenceEquals(_last, at))
            {
                _last = before;
            }

            at.Next = null;
            return;
        }
    }
}
