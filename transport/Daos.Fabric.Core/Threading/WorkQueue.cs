namespace Daos.Fabric.Core.Threading;

/// <summary>First-in first-out list of work items, linked through the items themselves. Owned by one owner thread.</summary>
public struct WorkQueue
{
    private WorkItem? _head;
    private WorkItem? _tail;

    /// <summary>Items queued now.</summary>
    public int Count { get; private set; }

    /// <summary>Appends an item that stands in no queue.</summary>
    public void Enqueue(WorkItem item)
    {
        Debug.Assert(item.NextWork is null, "the item stands in a queue already");
        if (_tail is null)
        {
            _head = item;
        }
        else
        {
            _tail.NextWork = item;
        }

        _tail = item;
        Count++;
    }

    /// <summary>Takes the oldest item, or null.</summary>
    public WorkItem? Dequeue()
    {
        WorkItem? item = _head;
        if (item is null)
        {
            return null;
        }

        _head = item.NextWork;
        if (_head is null)
        {
            _tail = null;
        }

        item.NextWork = null;
        Count--;
        return item;
    }
}
