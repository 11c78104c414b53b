namespace Daos.Fabric.Store.Transactions;

/// <summary>A first-in first-out ring in native memory that keeps its capacity. Owned by whoever holds it, which disposes it.</summary>
internal unsafe struct NativeQueue<T> : IDisposable
    where T : unmanaged
{
    private T* _items;
    private int _capacity;
    private int _first;

    /// <param name="capacity">A power of two.</param>
    internal NativeQueue(int capacity)
    {
        Invariant.Check(int.IsPow2(capacity));
        _capacity = capacity;
        _items = (T*)NativeMemory.Alloc((nuint)capacity, (nuint)sizeof(T));
    }

    /// <summary>Items in the queue.</summary>
    internal int Count { get; private set; }

    internal void Enqueue(in T item)
    {
        if (Count == _capacity)
        {
            Grow();
        }

        _items[(_first + Count++) & (_capacity - 1)] = item;
    }

    /// <summary>The oldest item; there must be one.</summary>
    internal readonly ref T Peek()
    {
        Invariant.Check(Count > 0);
        return ref _items[_first];
    }

    /// <summary>Drops the oldest item; there must be one.</summary>
    internal void Dequeue()
    {
        Invariant.Check(Count > 0);
        _first = (_first + 1) & (_capacity - 1);
        Count--;
    }

    public void Dispose()
    {
        NativeMemory.Free(_items);
        _items = null;
        _capacity = 0;
        Count = 0;
    }

    // The part that wrapped around goes behind the rest.
    private void Grow()
    {
        int before = _capacity;
        _capacity = checked(before * 2);
        _items = (T*)NativeMemory.Realloc(_items, (nuint)_capacity * (nuint)sizeof(T));
        new Span<T>(_items, _first).CopyTo(new Span<T>(_items + before, before));
    }
}
