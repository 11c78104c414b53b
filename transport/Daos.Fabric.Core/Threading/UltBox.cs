using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using Daos.Fabric.Core.Errors;

namespace Daos.Fabric.Core.Threading;

/// <summary>
/// The part of a suspended ULT method that its caller awaits. The continuation runs inside <see cref="SetResult"/>: caller and
/// callee share the owner thread, so returning to the caller needs no queue. Owned by one owner thread; a box without an owner
/// (rented on a foreign thread) may be completed by one thread and awaited by another.
/// </summary>
internal abstract class UltBox<TResult>(OwnerThread? owner) : WorkItem, IValueTaskSource<TResult>, IValueTaskSource
{
    private static readonly Action<object?> s_completed = static _ => throw new InvalidOperationException("completed twice");

    private Action<object?>? _continuation;
    private object? _continuationState;
    private ExceptionDispatchInfo? _exception;
    private TResult _result = default!;

    internal short Version { get; private set; }

    protected OwnerThread? Owner => owner;

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
        Invariant.Check(ReferenceEquals(Volatile.Read(ref _continuation), s_completed));
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
        return !ReferenceEquals(Volatile.Read(ref _continuation), s_completed) ? ValueTaskSourceStatus.Pending
            : _exception is null ? ValueTaskSourceStatus.Succeeded
            : ValueTaskSourceStatus.Faulted;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        Invariant.Check(token == Version);
        Action<object?>? seen = Volatile.Read(ref _continuation);
        if (seen is null)
        {
            _continuationState = state;
            seen = PublishContinuation(continuation);
        }

        if (seen is null)
        {
            return;
        }

        Invariant.Check(ReferenceEquals(seen, s_completed));
        continuation(state);
    }

    protected abstract void ReturnToPool();

    // Only a box without an owner can meet its completion here; on an owner thread nothing runs in between.
    private Action<object?>? PublishContinuation(Action<object?> continuation)
    {
        if (owner is null)
        {
            return Interlocked.CompareExchange(ref _continuation, continuation, null);
        }

        _continuation = continuation;
        return null;
    }

    private void SignalCompletion()
    {
        Action<object?>? continuation;
        if (owner is null)
        {
            continuation = Interlocked.Exchange(ref _continuation, s_completed);
        }
        else
        {
            continuation = _continuation;
            _continuation = s_completed;
        }

        continuation?.Invoke(_continuationState);
    }
}

/// <summary>A suspended ULT method with its state machine, kept in a free list of its owner thread.</summary>
internal sealed class UltBox<TStateMachine, TResult> : UltBox<TResult>
    where TStateMachine : IAsyncStateMachine
{
    internal TStateMachine StateMachine = default!;

    private UltBox(OwnerThread? owner)
        : base(owner)
    {
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

        return OwnerPool<UltBox<TStateMachine, TResult>>.Of(owner).Rent(owner, static home => new UltBox<TStateMachine, TResult>(home));
    }

    /// <summary>The way home: see <see cref="MoveNext"/>.</summary>
    protected internal override void Execute() => StateMachine.MoveNext();

    protected override void ReturnToPool()
    {
        StateMachine = default!;
        if (Owner is not null)
        {
            OwnerPool<UltBox<TStateMachine, TResult>>.Of(Owner).Return(this);
        }
    }

    // Operations of the owner resume the method at home already. Whatever else it awaited (a task of the class library, an
    // operation of another owner) resumes it on a strange thread, from where it is posted home.
    private void MoveNext()
    {
        if (Owner is null || ReferenceEquals(OwnerThread.Current, Owner))
        {
            StateMachine.MoveNext();
            return;
        }

        ComeHome(Owner);
    }

    private void ComeHome(OwnerThread owner)
    {
        // The inbox is bounded, and a turn empties it: this waits for a turn at most, which a watchdog names when it is long. Dropping the
        // continuation would lose the method for ever, which is right only when its owner thread has ended and all its methods with it.
        var spin = default(SpinWait);
        while (!owner.TryPost(this) && !owner.HasEnded)
        {
            spin.SpinOnce();
        }
    }
}
