using Daos.Fabric.Core.Time;

namespace Daos.Fabric.Reactor.Blocking;

/// <summary>
/// What reactors have in common whose files are blocking calls on helper threads: the operations under way, those that are over and wait to
/// be told, and waking an owner that sleeps. How sockets and waiting work is the derived class's. Driven by one thread.
/// </summary>
public abstract unsafe class HelperReactor : Reactor
{
    private const int QueueCapacity = 256;

    private readonly Queue<Finished> _finished = new(QueueCapacity);
    private readonly FileHelpers _helpers;
    private int _sleeping;

    private protected HelperReactor(IClock clock, IReactorFiles files, IFileCalls calls)
    {
        Clock = clock;
        Files = files;
        Timers = new TimerWheel(clock.MonotonicNs);
        _helpers = new FileHelpers(calls, WakeIfSleeping);
    }

    /// <inheritdoc/>
    public sealed override IClock Clock { get; }

    /// <inheritdoc/>
    public sealed override TimerWheel Timers { get; }

    /// <inheritdoc/>
    public sealed override IReactorFiles Files { get; }

    /// <inheritdoc/>
    public sealed override ReactorStatistics Statistics { get; } = new();

    private protected OperationTable Operations { get; } = new();

    /// <summary>Nothing begins any more.</summary>
    private protected bool IsQuiet { get; private set; }

    private protected bool HasFinished => _finished.Count > 0;

    private protected bool HasFileResults => _helpers.HasResults;

    /// <inheritdoc/>
    public sealed override void ReadFile(int file, byte* destination, int lengthBytes, long offsetBytes, ReactorOperation operation) =>
        StartFile(OperationKind.ReadFile, file, destination, lengthBytes, offsetBytes, WriteMode.Plain, operation);

    /// <inheritdoc/>
    public sealed override void WriteFile(int file, byte* source, int lengthBytes, long offsetBytes, WriteMode mode, ReactorOperation operation) =>
        StartFile(OperationKind.WriteFile, file, source, lengthBytes, offsetBytes, mode, operation);

    /// <inheritdoc/>
    public sealed override void FlushFile(int file, ReactorOperation operation) =>
        StartFile(OperationKind.FlushFile, file, null, 0, 0, WriteMode.Plain, operation);

    /// <inheritdoc/>
    public sealed override void TrimFile(int file, long offsetBytes, long lengthBytes, ReactorOperation operation) =>
        StartFile(OperationKind.TrimFile, file, null, lengthBytes, offsetBytes, WriteMode.Plain, operation);

    /// <inheritdoc/>
    public sealed override void Cancel(ReactorOperation operation)
    {
        if (!operation.IsActive)
        {
            return;
        }

        int index = operation.Slot;
        ref OperationSlot slot = ref Operations[index];
        if (slot.IsParked || slot.IsCancelled)
        {
            return;
        }

        slot.IsCancelled = true;
        if (slot.Kind is OperationKind.ReadFile or OperationKind.WriteFile or OperationKind.FlushFile or OperationKind.TrimFile)
        {
            _helpers.Cancel(index);
        }
        else
        {
            CancelSocket(index);
        }
    }

    /// <summary>Ends what an operation on a socket does; it finishes now or soon.</summary>
    private protected virtual void CancelSocket(int index) => Finish(index, -Errno.Canceled);

    /// <summary>Ends the owner's wait. Any thread.</summary>
    private protected abstract void WakeOwner();

    /// <summary>The operation will be told of its end: whatever the socket holds of it is let go.</summary>
    private protected virtual void Leave(int index, int result)
    {
    }

    private protected int Begin(ReactorOperation operation, OperationKind kind, int descriptor)
    {
        Invariant.Check(!IsQuiet);
        return Operations.Add(operation, kind, descriptor);
    }

    /// <summary>From here on the operation is over; its owner hears of it when the queue is run.</summary>
    private protected void Finish(int index, int result)
    {
        Invariant.Check(!Operations[index].IsParked);
        Operations[index].IsParked = true;
        Leave(index, result);
        _finished.Enqueue(new Finished(Operations.TagOf(index), result, More: false));
    }

    /// <summary>Its owner hears of a result when the queue is run, and the operation goes on.</summary>
    private protected void Tell(int index, int result) => _finished.Enqueue(new Finished(Operations.TagOf(index), result, More: true));

    private protected void TakeFileResults()
    {
        while (_helpers.TakeResult() is { } request)
        {
            Finish(request.Slot, request.Result);
        }
    }

    /// <summary>Runs the completions; only what is in the queue now: operations started by completions complete in a later turn.</summary>
    private protected int DeliverFinished()
    {
        int count = _finished.Count;
        for (int i = 0; i < count; i++)
        {
            Finished finished = _finished.Dequeue();
            int index = Operations.Find(finished.Tag);
            Invariant.Check(index >= 0);
            ReactorOperation operation = finished.More ? Operations[index].Operation! : Operations.Remove(index);
            operation.Complete(finished.Result, finished.More);
        }

        Statistics.Completions += count;
        return count;
    }

    /// <summary>The owner is about to look for results once more and then to sleep.</summary>
    private protected void PublishSleep()
    {
        Volatile.Write(ref _sleeping, 1);
        Interlocked.MemoryBarrier();
    }

    private protected void EndSleep() => Volatile.Write(ref _sleeping, 0);

    /// <summary>After a result was queued. Any thread.</summary>
    private protected void WakeIfSleeping()
    {
        // The owner publishes _sleeping and then looks for results; who has one queues it and then looks at _sleeping.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeping) != 0 && Interlocked.Exchange(ref _sleeping, 0) != 0)
        {
            WakeOwner();
            Interlocked.Increment(ref Statistics.Wakes);
        }
    }

    /// <summary>Nothing begins from here on, and the helper threads have finished what they began and ended. False when it was so already.</summary>
    private protected bool BeginQuiet()
    {
        if (IsQuiet)
        {
            return false;
        }

        IsQuiet = true;
        _helpers.Dispose();
        return true;
    }

    /// <summary>Drops every operation untold.</summary>
    private protected void DropOperations()
    {
        for (int i = 0; i < Operations.Capacity; i++)
        {
            if (Operations[i].Operation is not null)
            {
                _ = Operations.Remove(i);
            }
        }
    }

    private void StartFile(
        OperationKind kind, int file, byte* memory, long lengthBytes, long offsetBytes, WriteMode mode, ReactorOperation operation)
    {
        int slot = Begin(operation, kind, file);
        _helpers.Start(slot, kind, file, memory, lengthBytes, offsetBytes, mode);
    }

    private readonly record struct Finished(ulong Tag, int Result, bool More);
}
