namespace Daos.Fabric.Core.Threading;

/// <summary>
/// A stack of idle objects of one type per owner thread. It grows to the deepest concurrency that the owner's slots allow and
/// then allocates no more. Owned by the owner thread it was asked from.
/// </summary>
/// <remarks>
/// It grows in steps, to 1, 8, 128 and then twice as many objects: the deepest concurrency of one kind is reached by chance, long after
/// the usual one, and must not allocate then. What is used by one at a time stays one object.
/// </remarks>
public sealed class OwnerPool<T>
    where T : class
{
    /// <summary>Idle objects kept at most; above it a returned object is left to the collector.</summary>
    public const int IdleMax = 1 << 16;

    private static readonly int s_kind = OwnerPoolKinds.Next();

    private const int FirstStep = 8;
    private const int SecondStep = 128;

    private T?[] _idle = new T?[16];
    private int _count;
    private int _made;

    /// <summary>The pool of this type that belongs to the owner.</summary>
    public static OwnerPool<T> Of(OwnerThread owner)
    {
        ref object? slot = ref owner.PoolSlot(s_kind);
        return slot is null ? (OwnerPool<T>)(slot = new OwnerPool<T>()) : Unsafe.As<OwnerPool<T>>(slot);
    }

    /// <summary>Takes an idle object, or makes new ones.</summary>
    /// <param name="argument">Handed to <paramref name="make"/>.</param>
    /// <param name="make">Makes one object; static, so that asking allocates nothing.</param>
    public T Rent<TArgument>(TArgument argument, Func<TArgument, T> make)
    {
        if (_count == 0)
        {
            Grow(argument, make);
        }

        T item = _idle[--_count]!;
        _idle[_count] = null;
        return item;
    }

    /// <summary>Takes an idle object, or null when there is none; for objects too large to make in advance.</summary>
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

    private void Grow<TArgument>(TArgument argument, Func<TArgument, T> make)
    {
        int target = _made == 0 ? 1 : _made < FirstStep ? FirstStep : _made < SecondStep ? SecondStep : Math.Min(_made * 2, IdleMax);

        // Above the bound, returned objects are left to the collector, and single ones are made.
        int batch = Math.Max(1, target - _made);
        _made = Math.Max(_made, target);
        if (_idle.Length < target)
        {
            Array.Resize(ref _idle, target);
        }

        for (int i = 0; i < batch; i++)
        {
            _idle[i] = make(argument);
        }

        _count = batch;
    }
}

/// <summary>Numbers the types of pooled objects; the numbers index arrays and order nothing. Any thread.</summary>
internal static class OwnerPoolKinds
{
    private static int s_last = -1;

    internal static int Next() => Interlocked.Increment(ref s_last);
}
