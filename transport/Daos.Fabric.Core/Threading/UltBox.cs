using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using Daos.Fabric.Core.Errors;

namespace Daos.Fabric.Core.Threading;

/// <summary>
/// The part of a suspended ULT method that its caller awaits. The continuation runs inside <see cref="SetResult"/>: caller and
/// callee share the owner thread, so returning to the caller needs no queue. Owned by one owner thread.
/// </summary>
internal abstract class UltBox<TResult> : IValueTaskSource<TResult>, IValueTaskSource
{
    private static readonly Action<object?> s_completed = static _ => throw new InvalidOperationException("completed twice");

    private Action<object?>? _continuation;
    private object? _continuationState;
    private ExceptionDispatchInfo? _exception;
    private TResult _result = default!;

    internal short Version { get; private set; }

    internal void SetResult(TResult result)
    {
        _result = result;
        SignalCompletion();
    }

    internal void SetException(Exception exception)
    {
        _exception = ExceptionDispatchInfo.Capture(exception);
        SignalCompletion();
    }

    public TResult GetResult(short token)
    {
        Invariant.Check(token == Version);
        Invariant.Check(ReferenceEquals(_continuation, s_completed));
        TResult result = _result;
        ExceptionDispatchInfo? exception = _exception;
        _result = default!;
        _exception = null;
        _continuation = null;
        _continuationState = null;
        Version++;
        ReturnToPool();
        exception?.Throw();
        return result;
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token)
    {
        Invariant.Check(token == Version);
        return !ReferenceEquals(_continuation, s_completed) ? ValueTaskSourceStatus.Pending
            : _exception is null ? ValueTaskSourceStatus.Succeeded
            : ValueTaskSourceStatus.Faulted;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        Invariant.Check(token == Version);
        if (ReferenceEquals(_continuation, s_completed))
        {
            continuation(state);
            return;
        }

        _continuation = continuation;
        _continuationState = state;
    }

    protected abstract void ReturnToPool();

    private void SignalCompletion()
    {
        Action<object?>? continuation = _continuation;
        _continuation = s_completed;
        continuation?.Invoke(_continuationState);
    }
}

/// <summary>A suspended ULT method with its state machine, kept in a free list of its owner thread.</summary>
internal sealed class UltBox<TStateMachine, TResult> : UltBox<TResult>
    where TStateMachine : IAsyncStateMachine
{
    private readonly OwnerPool<UltBox<TStateMachine, TResult>>? _pool;

    internal TStateMachine StateMachine = default!;

    private UltBox(OwnerPool<UltBox<TStateMachine, TResult>>? pool)
    {
        _pool = pool;
        MoveNextAction = MoveNext;
    }

    internal Action MoveNextAction { get; }

    internal static UltBox<TStateMachine, TResult> Rent()
    {
        // A ULT method called on a foreign thread works too, it only allocates.
        if (OwnerThread.Current is not { } owner)
        {
            return new UltBox<TStateMachine, TResult>(null);
        }

        var pool = OwnerPool<UltBox<TStateMachine, TResult>>.Of(owner);
        return pool.TryRent() ?? new UltBox<TStateMachine, TResult>(pool);
    }

    protected override void ReturnToPool()
    {
        StateMachine = default!;
        _pool?.Return(this);
    }

    private void MoveNext() => StateMachine.MoveNext();
}
