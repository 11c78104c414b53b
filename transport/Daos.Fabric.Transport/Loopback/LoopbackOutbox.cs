namespace Daos.Fabric.Transport.Loopback;

/// <summary>
/// Items on their way from one owner thread to another's inbox, in order. What finds the inbox full waits here and is tried again
/// every turn: nothing is lost, and the queue is bounded by what its connections may have queued. Owned by the sending owner thread.
/// </summary>
internal sealed class LoopbackOutbox(OwnerLoop from, OwnerLoop to) : WorkItem
{
    private WorkQueue _waiting;
    private WorkItem? _first;
    private bool _scheduled;

    /// <summary>Where the items go.</summary>
    internal OwnerLoop To => to;

    /// <summary>True while the other inbox was full.</summary>
    internal bool IsStuck => _first is not null;

    /// <summary>Called when a stuck outbox ran empty.</summary>
    internal Action? Drained { get; set; }

    /// <summary>Sends an item that stands in no queue.</summary>
    internal void Post(WorkItem item)
    {
        if (_first is null)
        {
            if (to.TryPost(item))
            {
                return;
            }

            _first = item;
        }
        else
        {
            _waiting.Enqueue(item);
        }

        RetryNextTurn();
    }

    protected override void Execute()
    {
        _scheduled = false;
        while (_first is not null)
        {
            if (!to.TryPost(_first))
            {
                RetryNextTurn();
                return;
            }

            _first = _waiting.Dequeue();
        }

        Drained?.Invoke();
    }

    private void RetryNextTurn()
    {
        if (!_scheduled)
        {
            _scheduled = true;
            from.Schedule(this);
        }
    }
}
