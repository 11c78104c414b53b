namespace Daos.Fabric.Core.Threading;

/// <summary>
/// A stack of idle objects of one type per owner thread. It grows to the deepest concurrency that the owner's slots allow and
/// then allocates no more. Owned by the owner thread it was asked from.
/// </summary>
public sealed class OwnerPool<T>
    where T : class
{
    /// <summary>Idle objects kept at most; above it a returned object is left to the collector.</summary>
    public const int IdleMax = 1 << 16;

    private static readonly int s_kind = OwnerPoolKinds.Next();

    private T?[] _idle = new T?[16];
    private int _count;

    /// <summary>The pool of this type that belongs to the owner.</summary>
    public static OwnerPool<T> Of(OwnerThread owner)
    {
        ref object? slot = ref owner.PoolSlot(s_kind);
        return slot is null ? (OwnerPool<T>)(slot = new OwnerPool<T>()) : Unsafe.As<OwnerPool<T>>(slot);
    }

    /// <summary>Takes an idle object, or null when there is none.</summary>
    public T? TryRent()
    {
        if (_count == 0)
        {
            return null;
        }

        T item = _idle[--_count]!;
        _idle[_count] = null;
        return item;
    }

    /// <summary>Gives an object back.</summary>
    public void Return(T item)
    {
        if (_count == _idle.Length)
        {
            if (_count == IdleMax)
            {
                return;
            }

            Array.Resize(ref _idle, _count * 2);
        }

        _idle[_count++] = item;
    }
}

/// <summary>Numbers the types of pooled objects; the numbers index arrays and order nothing. Any thread.</summary>
internal static class OwnerPoolKinds
{
    private static int s_last = -1;

    internal static int Next() => Interlocked.Increment(ref s_last);
}
