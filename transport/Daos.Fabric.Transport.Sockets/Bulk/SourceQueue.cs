namespace Daos.Fabric.Transport.Sockets.Bulk;

/// <summary>The sources of one connection in the order in which their next chunks leave. Owned by one owner thread.</summary>
internal sealed class SourceQueue
{
    private BulkSource? _first;
    private BulkSource? _last;

    /// <summary>True when no source waits.</summary>
    internal bool IsEmpty => _first is null;

    /// <summary>Appends a source.</summary>
    internal void Add(BulkSource source)
    {
        if (_first is null)
        {
            _first = source;
        }
        else
        {
            _last!.Next = source;
        }

        _last = source;
    }

    /// <summary>Puts a source, queued or not, before all others.</summary>
    internal void AddFirst(BulkSource source)
    {
        Remove(source);
        source.Next = _first;
        _first = source;
        _last ??= source;
    }

    /// <summary>Takes the first source out; there is one.</summary>
    internal BulkSource Take()
    {
        BulkSource source = _first!;
        _first = source.Next;
        source.Next = null;
        if (_first is null)
        {
            _last = null;
        }

        return source;
    }

    /// <summary>Takes a source out; nothing happens when it is not queued.</summary>
    internal void Remove(BulkSource source)
    {
        BulkSource? previous = null;
        for (BulkSource? at = _first; at is not null; previous = at, at = at.Next)
        {
            if (!ReferenceEquals(at, source))
            {
                continue;
            }

            if (previous is null)
            {
                _first = at.Next;
            }
            else
            {
                previous.Next = at.Next;
            }

            if (ReferenceEquals(_last, at))
            {
                _last = previous;
            }

            at.Next = null;
            return;
        }
    }

    /// <summary>Takes every source out.</summary>
    internal void Clear()
    {
        while (_first is not null)
        {
            Take();
        }
    }
}
