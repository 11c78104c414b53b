namespace Daos.Fabric.Transport.Sockets.Bulk;

/// <summary>The copies of one connection in the order in which their next pieces are made. Owned by one owner thread.</summary>
internal struct CopyQueue
{
    private ProcessCopy? _last;

    /// <summary>The copy whose turn it is; null when there is none.</summary>
    internal ProcessCopy? First { get; private set; }

    /// <summary>Appends a copy.</summary>
    internal void Add(ProcessCopy copy)
    {
        copy.Next = null;
        if (_last is null)
        {
            First = copy;
        }
        else
        {
            _last.Next = copy;
        }

        _last = copy;
    }

    /// <summary>Takes the first copy out; there is one.</summary>
    internal ProcessCopy Take()
    {
        ProcessCopy copy = First!;
        First = copy.Next;
        copy.Next = null;
        _last = First is null ? null : _last;
        return copy;
    }
}
