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
    private int _active;
    private int _closed;

    internal ClientContext Context => context;

    /// <summary>Operations made so far.</summary>
    internal int Created => Volatile.Read(ref _created);

    /// <summary>Calls between their renting and their end on the owner loop.</summary>
    internal int Active => Volatile.Read(ref _active);

    /// <summary>An idle operation, or null when all are under way.</summary>
    /// <exception cref="ObjectDisposedException">The context ended.</exception>
    internal ClientOperation? TryRent()
    {
        // Counted before the look: the context waits for everybody who did not see that it ends.
        Interlocked.Increment(ref _active);
        if (Volatile.Read(ref _closed) != 0)
        {
            Interlocked.Decrement(ref _active);
            throw new ObjectDisposedException(nameof(DaosSystem));
        }

        if (_idle.TryDequeue(out ClientOperation? operation))
        {
            return operation;
        }

        if (Interlocked.Increment(ref _created) <= ClientLimits.OperationsMax)
        {
            return new ClientOperation(this, new ClientCall());
        }

        Interlocked.Decrement(ref _created);
        Interlocked.Decrement(ref _active);
        return null;
    }

    /// <summary>A rented operation ended on the owner loop, or was given back unused.</summary>
    internal void Ended() => Interlocked.Decrement(ref _active);

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
            if (!TryEnqueue(waiter))
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

                late.Abandon();
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
            // The last reader of the queue's cell was interrupted half way: a new operation is made when needed.
            Free(operation);
        }

        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _closed) != 0)
        {
            // The pool ended between a look and the enqueue: whoever comes last sweeps.
            FreeIdle();
            return;
        }

        // A waiter that left is skipped, so that its call does not stand for another's.
        while (Volatile.Read(ref _waiting) > 0 && _waiters.TryDequeue(out Waiter? waiter))
        {
            if (waiter.TrySetResult())
            {
                return;
            }
        }
    }

    /// <summary>From now on nobody rents; waiters are sent away. Any thread.</summary>
    internal void Close()
    {
        Interlocked.Exchange(ref _closed, 1);
        while (_waiters.TryDequeue(out Waiter? waiter))
        {
            waiter.TrySetResult();
        }
    }

    // Waiters that left keep their places until somebody looks: who finds the queue full does, unless all its places are taken by live ones.
    private bool TryEnqueue(Waiter waiter)
    {
        if (_waiters.TryEnqueue(waiter))
        {
            return true;
        }

        if (Volatile.Read(ref _waiting) >= ClientLimits.WaitersMax)
        {
            return false;
        }

        for (int i = 0; i < ClientLimits.WaitersMax && _waiters.TryDequeue(out Waiter? next); i++)
        {
            if (!next.Task.IsCompleted && !_waiters.TryEnqueue(next))
            {
                // Somebody took its place meanwhile: it looks for itself.
                next.TrySetResult();
            }
        }

        return _waiters.TryEnqueue(waiter);
    }

    /// <summary>Frees the operations that lie in the pool; those still held by a value are freed when they return.</summary>
    internal void FreeIdle()
    {
        while (_idle.TryDequeue(out ClientOperation? operation))
        {
            Free(operation);
        }
    }

    private void Free(ClientOperation operation)
    {
        operation.Call.Dispose();
        Interlocked.Decrement(ref _created);
    }

    private sealed class Waiter() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
}
