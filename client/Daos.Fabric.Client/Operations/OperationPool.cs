using Daos.Fabric.Client.Calls;
using Daos.Fabric.Client.Contexts;

namespace Daos.Fabric.Client.Operations;

/// <summary>
/// The operations of one context for callers on any thread: as many as were ever under way at once, at most
/// <see cref="ClientLimits.OperationsMax"/>. Any thread; a caller that finds none waits for one without blocking.
/// </summary>
internal sealed class OperationPool(ClientContext context)
{
    private readonly BoundedQueue<ClientOperation> _idle = new(ClientLimits.OperationsMax);
    private readonly BoundedQueue<Waiter> _waiters = new(ClientLimits.WaitersMax);
    private int _created;
    private int _waiting;

    internal ClientContext Context => context;

    /// <summary>Operations made so far.</summary>
    internal int Created => Volatile.Read(ref _created);

    /// <summary>An idle operation, or null when all are under way.</summary>
    internal ClientOperation? TryRent()
    {
        if (_idle.TryDequeue(out ClientOperation? operation))
        {
            return operation;
        }

        if (Interlocked.Increment(ref _created) <= ClientLimits.OperationsMax)
        {
            return new ClientOperation(this, new ClientCall());
        }

        Interlocked.Decrement(ref _created);
        return null;
    }

    /// <summary>
    /// Waits for an idle operation. Fails with DER_AGAIN when too many wait already.
    /// </summary>
    internal async ValueTask<ClientOperation> RentAsync(string operationName, CancellationToken token)
    {
        while (true)
        {
            if (TryRent() is { } idle)
            {
                return idle;
            }

            var waiter = new Waiter();
            if (!_waiters.TryEnqueue(waiter))
            {
                throw new DaosException(
                    DerCode.Again,
                    operationName,
                    detail: $"{ClientLimits.OperationsMax} calls are under way or were never awaited, and {ClientLimits.WaitersMax} more wait");
            }

            Interlocked.Increment(ref _waiting);

            // An operation may have returned between the look and the enqueue. A waiter that was served counts as gone.
            if (TryRent() is { } late)
            {
                if (waiter.TrySetCanceled(CancellationToken.None))
                {
                    Interlocked.Decrement(ref _waiting);
                    return late;
                }

                Return(late);
                continue;
            }

            using CancellationTokenRegistration registration = token.UnsafeRegister(
                static (state, cancelled) => ((Waiter)state!).TrySetCanceled(cancelled),
                waiter);
            try
            {
                await waiter.Task.ConfigureAwait(false);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }
    }

    /// <summary>Takes an operation back whose last holder let go.</summary>
    internal void Return(ClientOperation operation)
    {
        if (!_idle.TryEnqueue(operation))
        {
            // A cell whose last reader was interrupted half way: make a new operation later rather than wait for it.
            operation.Call.Dispose();
            Interlocked.Decrement(ref _created);
        }

        Interlocked.MemoryBarrier();

        // A waiter that left is skipped, so that its call does not stand for another's.
        while (Volatile.Read(ref _waiting) > 0 && _waiters.TryDequeue(out Waiter? waiter))
        {
            if (waiter.TrySetResult())
            {
                return;
            }
        }
    }

    /// <summary>Frees the operations that lie in the pool. Nothing may be under way.</summary>
    internal void Dispose()
    {
        while (_idle.TryDequeue(out ClientOperation? operation))
        {
            operation.Call.Dispose();
        }
    }

    private sealed class Waiter() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
}
