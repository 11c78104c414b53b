namespace Daos.Fabric.Xstreams.Waiting;

/// <summary>
/// Lets work drain before what it uses goes away (Seastar's gate): work enters and leaves, <see cref="CloseAsync"/> refuses further
/// entries and waits until all have left. Enter before the first await and leave in a finally block; closing from inside the gate
/// would wait for ever. Owned by one owner thread.
/// </summary>
public sealed class Gate(OwnerThread owner)
{
    private WaiterList<bool> _closers;

    /// <summary>Entries that have not left.</summary>
    public int Inside { get; private set; }

    /// <summary>True from the first <see cref="CloseAsync"/> on.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Enters; false once the gate is closed.</summary>
    public bool TryEnter()
    {
        owner.Assert();
        if (IsClosed)
        {
            return false;
        }

        Inside++;
        return true;
    }

    /// <summary>Leaves.</summary>
    public void Leave()
    {
        owner.Assert();
        Invariant.Check(Inside > 0);
        Inside--;
        if (Inside == 0 && IsClosed)
        {
            _closers.FinishAll(true);
        }
    }

    /// <summary>Refuses further entries and waits until everybody left.</summary>
    public ValueTask CloseAsync()
    {
        owner.Assert();
        IsClosed = true;
        if (Inside == 0)
        {
            return default;
        }

        Waiter<bool> waiter = Waiter<bool>.Rent(owner);
        _closers.Append(waiter);
        return waiter.TaskWithoutResult;
    }
}
