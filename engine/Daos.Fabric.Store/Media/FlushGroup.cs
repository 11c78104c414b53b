using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Media;

/// <summary>
/// Flushes of one file: those asked for in one turn share one, and so do all that are asked for while <see cref="UnderWayMax"/> are
/// under way. A flush that fails is never repeated: the target stops. Owned by one owner thread.
/// </summary>
internal sealed class FlushGroup
{
    /// <summary>
    /// Flushes under way at once, count. With one, a write that completes just after a flush began waits for two; with more than a few,
    /// flushes cost system calls that a shared one would save.
    /// </summary>
    private const int UnderWayMax = 4;

    private readonly OwnerLoop _loop;
    private readonly int _file;
    private readonly Action<DerCode> _onFailure;
    private readonly DeviceHealth? _health;
    private readonly Queue<FlushWaiter> _waiting = new(StoreLimits.WaitersFirst);
    private readonly Stack<FlushOperation> _idle = new();

    /// <param name="loop">Owner.</param>
    /// <param name="file">Descriptor.</param>
    /// <param name="onFailure">Told of a failed flush before its waiters are.</param>
    /// <param name="health">Hears how each flush ended and how long it took; null for nobody.</param>
    internal FlushGroup(OwnerLoop loop, int file, Action<DerCode> onFailure, DeviceHealth? health)
    {
        _loop = loop;
        _file = file;
        _onFailure = onFailure;
        _health = health;
        for (int i = 0; i < UnderWayMax; i++)
        {
            _idle.Push(new FlushOperation(this));
        }
    }

    /// <summary>True while a flush is under way or wanted.</summary>
    internal bool IsBusy => _idle.Count < UnderWayMax || _waiting.Count > 0;

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
        if (_waiting.Count == 0 || !_idle.TryPop(out FlushOperation? operation))
        {
            return;
        }

        Count++;
        operation.Start(_file, _waiting);
    }

    private void OnResult(FlushOperation operation, int result)
    {
        DerCode code = result < 0 ? DerCode.Io : DerCode.Success;
        _health?.NoteFlush(code, _loop.NowNs - operation.StartNs);
        if (code.IsError)
        {
            _onFailure(code);
        }

        operation.FinishWaiters(code);
        _idle.Push(operation);
        if (_waiting.Count > 0)
        {
            _loop.RequestSubmit();
        }
    }

    private sealed class FlushOperation(FlushGroup group) : ReactorOperation
    {
        private readonly Queue<FlushWaiter> _covered = new(StoreLimits.WaitersFirst);

        internal long StartNs { get; private set; }

        internal void Start(int file, Queue<FlushWaiter> waiting)
        {
            StartNs = group._loop.NowNs;
            while (waiting.TryDequeue(out FlushWaiter? waiter))
            {
                _covered.Enqueue(waiter);
            }

            group._loop.Reactor.FlushFile(file, this);
        }

        internal void FinishWaiters(DerCode code)
        {
            while (_covered.TryDequeue(out FlushWaiter? waiter))
            {
                waiter.Finish(code);
            }
        }

        protected override void Complete(int result, bool more) => group.OnResult(this, result);
    }
}
