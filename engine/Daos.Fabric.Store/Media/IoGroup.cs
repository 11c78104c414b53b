using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Journal;

namespace Daos.Fabric.Store.Media;

/// <summary>
/// Operations under way together, and the first failure among them. One ULT adds to it and waits for it. Owned by one owner thread.
/// </summary>
internal sealed class IoGroup(OwnerLoop loop)
{
    private LogWaiter? _waiter;
    private DerCode _code;
    private int _underWay;
    private int _wakeBelow;

    /// <summary>Takes over an operation that was started.</summary>
    internal void Add(ValueTask<DerCode> task)
    {
        _underWay++;
        loop.Spawn(TrackAsync(task));
    }

    /// <summary>Completes once fewer than so many are under way, with the first failure so far.</summary>
    internal ValueTask<DerCode> WaitBelowAsync(int count)
    {
        Invariant.Check(_waiter is null);
        if (_underWay < count)
        {
            return new ValueTask<DerCode>(_code);
        }

        _wakeBelow = count;
        _waiter = LogWaiter.Rent(loop);
        return _waiter.Task;
    }

    /// <summary>Completes once nothing is under way, with the first failure.</summary>
    internal ValueTask<DerCode> WaitAllAsync() => WaitBelowAsync(1);

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask TrackAsync(ValueTask<DerCode> task)
    {
        DerCode code = await task;
        _code = _code.IsSuccess ? code : _code;
        _underWay--;
        if (_waiter is { } waiter && _underWay < _wakeBelow)
        {
            _waiter = null;
            waiter.Finish(_code);
        }
    }
}
