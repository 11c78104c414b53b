using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Media;

/// <summary>
/// Flushes of one file: those asked for in one turn, and all that are asked for while a flush is under way, share the next one. A
/// flush that fails is never repeated: the target stops. Owned by one owner thread.
/// </summary>
internal sealed class FlushGroup
{
    private readonly OwnerLoop _loop;
    private readonly int _file;
    private readonly Action<DerCode> _onFailure;
    private readonly FlushOperation _operation;
    private Queue<FlushWaiter> _waiting = new();
    private Queue<FlushWaiter> _covered = new();

    /// <param name="loop">Owner.</param>
    /// <param name="file">Descriptor.</param>
    /// <param name="onFailure">Told of a failed flush before its waiters are.</param>
    internal FlushGroup(OwnerLoop loop, int file, Action<DerCode> onFailure)
    {
        _loop = loop;
        _file = file;
        _onFailure = onFailure;
        _operation = new FlushOperation(this);
    }

    /// <summary>True while a flush is under way or wanted.</summary>
    internal bool IsBusy => _operation.IsActive || _waiting.Count > 0;

    /// <summary>Flushes started.</summary>
    internal long Count { get; private set; }

    /// <summary>Makes every write durable that completed before the call.</summary>
    internal ValueTask<DerCode> FlushAsync()
    {
        FlushWaiter waiter = FlushWaiter.Rent(_loop);
        _waiting.Enqueue(waiter);
        _loop.RequestSubmit();
        return waiter.Task;
    }

    /// <summary>Called at the end of each turn, so that the writes of one turn share a flush.</summary>
    internal void Submit()
    {
        if (_waiting.Count == 0 || _operation.IsActive)
        {
            return;
        }

        (_waiting, _covered) = (_covered, _waiting);
        Count++;
        _loop.Reactor.FlushFile(_file, _operation);
    }

    private void OnResult(int result)
    {
        DerCode code = result < 0 ? DerCode.Io : DerCode.Success;
        if (code.IsError)
        {
            _onFailure(code);
        }

        while (_covered.TryDequeue(out FlushWaiter? waiter))
        {
            waiter.Finish(code);
        }
    }

    private sealed class FlushOperation(FlushGroup group) : ReactorOperation
    {
        protected override void Complete(int result, bool more) => group.OnResult(result);
    }
}
