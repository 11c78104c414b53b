namespace Daos.Fabric.Store.Transactions;

/// <summary>A list in native memory that keeps its capacity when cleared. Owned by whoever holds it, which disposes it.</summary>
internal unsafe struct NativeList<T> : IDisposable
    where T : unmanaged
{
    private int _capacity;

    internal NativeList(int capacity)
    {
        _capacity = capacity;
        Items = (T*)NativeMemory.Alloc((nuint)capacity, (nuint)sizeof(T));
    }

    /// <summary>The first item; moves when the list grows.</summary>
    internal T* Items { get; private set; }

    /// <summary>Items in the list.</summary>
    internal int Count { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(in T item) => *Extend(1) = item;

    /// <summary>Appends items without content and returns the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T* Extend(int count)
    {
        int start = Count;
        if (count > _capacity - start)
        {
            Grow(count);
        }

        Count = start + count;
        return Items + start;
    }

    internal void Clear() => Count = 0;

    public void Dispose()
    {
        NativeMemory.Free(Items);
        Items = null;
        _capacity = 0;
        Count = 0;
    }

    private void Grow(int count)
    {
        _capacity = checked(Math.Max(_capacity * 2, Count + count));
        Items = (T*)NativeMemory.Realloc(Items, (nuint)_capacity * (nuint)sizeof(T));
    }
}
