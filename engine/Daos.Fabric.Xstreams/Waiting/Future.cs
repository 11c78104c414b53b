namespace Daos.Fabric.Xstreams.Waiting;

/// <summary>
/// Ready once a known number of parts have finished (ABT_future); the result is the first error among them, or success. One owner
/// thread; reusable after <see cref="Reset"/>.
/// </summary>
public sealed class Future
{
    private readonly OwnerThread _owner;
    private WaiterList<DerCode> _waiters;
    private DerCode _code;

    /// <param name="owner">The owner thread of the future and of all who set it or wait.</param>
    /// <param name="parts">How many times <see cref="Set"/> will be called; with 0 it is ready at once.</param>
    public Future(OwnerThread owner, int parts)
    {
        _owner = owner;
        PartsLeft = parts;
    }

    /// <summary>Parts that have not finished.</summary>
    public int PartsLeft { get; private set; }

    /// <summary>True when every part finished.</summary>
    public bool IsReady => PartsLeft == 0;

    /// <summary>One part finished.</summary>
    public void Set(DerCode code)
    {
        _owner.Assert();
        Invariant.Check(PartsLeft > 0);
        if (_code.IsSuccess)
        {
            _code = code;
        }

        if (--PartsLeft == 0)
        {
            _waiters.FinishAll(_code);
        }
    }

    /// <summary>The first error of the parts, once all have finished.</summary>
    public ValueTask<DerCode> WaitAsync()
    {
        _owner.Assert();
        if (IsReady)
        {
            return new ValueTask<DerCode>(_code);
        }

        Waiter<DerCode> waiter = Waiter<DerCode>.Rent(_owner);
        _waiters.Append(waiter);
        return waiter.Task;
    }

    /// <summary>Starts over with a number of parts; nobody may wait.</summary>
    public void Reset(int parts)
    {
        _owner.Assert();
        Invariant.Check(_waiters.IsEmpty);
        PartsLeft = parts;
        _code = DerCode.Success;
    }
}
