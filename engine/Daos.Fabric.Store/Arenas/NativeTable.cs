namespace Daos.Fabric.Store.Arenas;

/// <summary>
/// A zeroed table in native memory, as long as it can ever get: memory is backed when it is first touched, so that nothing is copied or
/// allocated while a store grows. Owned by whoever made it, which disposes it; used by one owner thread.
/// </summary>
internal sealed unsafe class NativeTable<T> : IDisposable
    where T : unmanaged
{
    private T* _items;

    internal NativeTable(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        _items = (T*)NativeMemory.AllocZeroed((nuint)length, (nuint)sizeof(T));
        Length = length;
    }

    /// <summary>Entries; 0 once disposed.</summary>
    internal long Length { get; private set; }

    /// <summary>One entry; an index outside is <see cref="InvariantException"/>.</summary>
    internal ref T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((ulong)index >= (ulong)Length)
            {
                ThrowOutside(index);
            }

            return ref _items[index];
        }
    }

    /// <summary>Some entries in one piece.</summary>
    internal Span<T> Slice(long start, int count)
    {
        Invariant.Check(start >= 0 && count >= 0 && start <= Length - count);
        return new Span<T>(_items + start, count);
    }

    public void Dispose()
    {
        NativeMemory.Free(_items);
        _items = null;
        Length = 0;
    }

    private void ThrowOutside(long index) => throw new InvariantException($"entry {index} lies outside a table of {Length}");
}
