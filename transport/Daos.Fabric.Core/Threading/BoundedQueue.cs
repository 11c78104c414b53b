using System.Diagnostics.CodeAnalysis;

namespace Daos.Fabric.Core.Threading;

/// <summary>
/// Bounded queue for any number of producers and consumers without locks: each cell carries a sequence number that says whether it
/// is free for the producer of that turn or full for its consumer (Dmitry Vyukov's scheme). Any thread.
/// </summary>
public sealed class BoundedQueue<T>
    where T : class
{
    private readonly Cell[] _cells;
    private readonly int _mask;
    private PaddedPosition _enqueue;
    private PaddedPosition _dequeue;

    /// <param name="capacity">Items at most; a power of two.</param>
    public BoundedQueue(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2);
        if (!System.Numerics.BitOperations.IsPow2(capacity))
        {
            throw new ArgumentException($"capacity {capacity} is not a power of two", nameof(capacity));
        }

        _cells = new Cell[capacity];
        _mask = capacity - 1;
        for (int i = 0; i < capacity; i++)
        {
            _cells[i].Sequence = i;
        }
    }

    /// <summary>True when nothing was queued at the moment of the call.</summary>
    public bool IsEmpty
    {
        get
        {
            long position = Volatile.Read(ref _dequeue.Value);
            return Volatile.Read(ref _cells[position & _mask].Sequence) - (position + 1) < 0;
        }
    }

    /// <summary>Appends an item; false when the queue is full.</summary>
    public bool TryEnqueue(T item)
    {
        long position = Volatile.Read(ref _enqueue.Value);
        while (true)
        {
            ref Cell cell = ref _cells[position & _mask];
            long difference = Volatile.Read(ref cell.Sequence) - position;
            if (difference == 0)
            {
                long seen = Interlocked.CompareExchange(ref _enqueue.Value, position + 1, position);
                if (seen == position)
                {
                    cell.Item = item;
                    Volatile.Write(ref cell.Sequence, position + 1);
                    return true;
                }

                position = seen;
            }
            else if (difference < 0)
            {
                return false;
            }
            else
            {
                position = Volatile.Read(ref _enqueue.Value);
            }
        }
    }

    /// <summary>Takes the oldest item; false when the queue is empty.</summary>
    public bool TryDequeue([MaybeNullWhen(false)] out T item)
    {
        long position = Volatile.Read(ref _dequeue.Value);
        while (true)
        {
            ref Cell cell = ref _cells[position & _mask];
            long difference = Volatile.Read(ref cell.Sequence) - (position + 1);
            if (difference == 0)
            {
                long seen = Interlocked.CompareExchange(ref _dequeue.Value, position + 1, position);
                if (seen == position)
                {
                    item = cell.Item!;
                    cell.Item = null;
                    Volatile.Write(ref cell.Sequence, position + _cells.Length);
                    return true;
                }

                position = seen;
            }
            else if (difference < 0)
            {
                item = null;
                return false;
            }
            else
            {
                position = Volatile.Read(ref _dequeue.Value);
            }
        }
    }

    private struct Cell
    {
        public long Sequence;
        public T? Item;
    }
}
