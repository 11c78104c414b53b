namespace Daos.Fabric.Transport.Ofi.Connections;

/// <summary>Transfers in the order in which they came. Owned by one owner thread.</summary>
internal struct TransferQueue
{
    private OfiTransfer? _first;
    private OfiTransfer? _last;

    internal readonly OfiTransfer? First => _first;

    internal void Enqueue(OfiTransfer transfer)
    {
        transfer.Next = null;
        if (_last is null)
        {
            _first = transfer;
        }
        else
        {
            _last.Next = transfer;
        }

        _last = transfer;
    }

    internal OfiTransfer? Dequeue()
    {
        OfiTransfer? transfer = _first;
        if (transfer is not null)
        {
            _first = transfer.Next;
            transfer.Next = null;
            _last = _first is null ? null : _last;
        }

        return transfer;
    }
}
