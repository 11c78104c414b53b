using System.Diagnostics.CodeAnalysis;

namespace Daos.Fabric.Xstreams.Mesh;

/// <summary>
/// Bounded ring with one producer thread and one consumer thread. Each side keeps its position on a cache line of its own, with a copy
/// of the other's that is refreshed only when the ring looks full or empty.
/// </summary>
internal sealed class SpscRing<T>
    where T : class
{
    private readonly T?[] _slots;
    private readonly int _mask;
    private RingSide _producer;
    private RingSide _consumer;

    /// <param name="capacity">Items at most; a power of two.</param>
    internal SpscRing(int capacity)
    {
        Invariant.Check(System.Numerics.BitOperations.IsPow2(capacity));
        _slots = new T?[capacity];
        _mask = capacity - 1;
    }

    /// <summary>True when nothing was in it at the moment of the call. Any thread.</summary>
    internal bool IsEmpty => Volatile.Read(ref _producer.Position) == Volatile.Read(ref _consumer.Position);

    /// <summary>Appends an item; false when the ring is full. Producer only.</summary>
    internal bool TryEnqueue(T item)
    {
        long position = _producer.Position;
        if (position - _producer.OtherSeen == _slots.Length)
        {
            _producer.OtherSeen = Volatile.Read(ref _consumer.Position);
            if (position - _producer.OtherSeen == _slots.Length)
            {
                return false;
            }
        }

        _slots[position & _mask] = item;
        Volatile.Write(ref _producer.Position, position + 1);
        return true;
    }

    /// <summary>Takes the oldest item; false when the ring is empty. Consumer only.</summary>
    internal bool TryDequeue([MaybeNullWhen(false)] out T item)
    {
        long position = _consumer.Position;
        if (position == _consumer.OtherSeen)
        {
            _consumer.OtherSeen = Volatile.Read(ref _producer.Position);
            if (position == _consumer.OtherSeen)
            {
                item = null;
                return false;
            }
        }

        ref T? slot = ref _slots[position & _mask];
        item = slot!;
        slot = null;
        Volatile.Write(ref _consumer.Position, position + 1);
        return true;
    }
}
