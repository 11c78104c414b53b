using System.Threading.Tasks.Sources;
using Daos.Fabric.Core.Errors;

namespace Daos.Fabric.Core.Threading;

/// <summary>
/// An awaitable that its owner thread completes and awaits, reused without allocation. Owned by one owner thread.
/// Derive from it to carry an operation's state; <see cref="Release"/> is called once both the completion was delivered and the
/// result was read, and returns the object to wherever it came from.
/// </summary>
/// <remarks>
/// <code>
/// state      meaning                            leaves by
/// Idle       in its pool                        Begin         -> Pending
/// Pending    under way, nobody waits            OnCompleted   -> Awaited    Complete -> Completed
/// Awaited    under way, continuation kept       Complete      -> Scheduled
/// Scheduled  done, continuation in ready queue  Execute       -> Completed
/// Completed  result may be read, once           GetResult     -> Idle (version + 1, then Release)
/// </code>
/// Not cancellable by token: cancel the request behind it and wait for its completion.
/// </remarks>
public abstract class PooledOperation<T> : WorkItem, IValueTaskSource<T>, IValueTaskSource
{
    private OwnerThread? _owner;
    private Action<object?>? _continuation;
    private object? _continuationState;
    private T _result = default!;
    private short _version;
    private State _state;

    private enum State : byte
    {
        Idle,
        Pending,
        Awaited,
        Scheduled,
        Completed,
    }

    /// <summary>The owner thread of the operation under way.</summary>
    public OwnerThread Owner => _owner ?? throw new InvalidOperationException("the operation is idle");

    /// <summary>True from <see cref="Begin"/> until <see cref="Complete"/>.</summary>
    public bool IsPending => _state is State.Pending or State.Awaited;

    /// <summary>To be awaited once, on the owner thread.</summary>
    public ValueTask<T> Task
    {
        get
        {
            Debug.Assert(_state != State.Idle, "the operation is idle");
            return new ValueTask<T>(this, _version);
        }
    }

    /// <summary>The same without its result.</summary>
    public ValueTask TaskWithoutResult => new(this, _version);

    /// <summary>Starts a use of this object.</summary>
    protected void Begin(OwnerThread owner)
    {
        Invariant.Check(_state == State.Idle);
        _owner = owner;
        _state = State.Pending;
    }

    /// <summary>
    /// Gives the result. The continuation runs from the ready queue, never inside this call, so the caller may still touch its own
    /// state afterwards. Owner thread only, once.
    /// </summary>
    protected void Complete(T result)
    {
        Invariant.Check(IsPending);
        _result = result;
        if (_state == State.Pending)
        {
            _state = State.Completed;
            return;
        }

        _state = State.Scheduled;
        _owner!.Schedule(this);
    }

    /// <summary>Called when nothing refers to this use any more: reset derived state and return to the pool.</summary>
    protected abstract void Release();

    /// <summary>The continuation that waits, which leads to the ULT's method.</summary>
    protected internal sealed override object Subject => _continuationState ?? this;

    /// <inheritdoc/>
    protected internal sealed override void Execute()
    {
        Invariant.Check(_state == State.Scheduled);
        _state = State.Completed;
        Action<object?> continuation = _continuation!;
        object? state = _continuationState;
        _continuation = null;
        _continuationState = null;
        continuation(state);
    }

    T IValueTaskSource<T>.GetResult(short token) => TakeResult(token);

    void IValueTaskSource.GetResult(short token) => TakeResult(token);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => Status(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => Status(token);

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        Await(continuation, state, token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        Await(continuation, state, token);

    private ValueTaskSourceStatus Status(short token)
    {
        Invariant.Check(token == _version);
        return _state == State.Completed ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;
    }

    // The continuation comes home to the owner thread whatever the flags say.
    private void Await(Action<object?> continuation, object? state, short token)
    {
        Invariant.Check(token == _version);
        Invariant.Check(_state is State.Pending or State.Completed);
        Invariant.Check(_continuation is null);
        _continuation = continuation;
        _continuationState = state;
        SchedulingClass = _owner!.CurrentClass;
        if (_state == State.Pending)
        {
            _state = State.Awaited;
            return;
        }

        _state = State.Scheduled;
        _owner.Schedule(this);
    }

    private T TakeResult(short token)
    {
        Invariant.Check(token == _version);
        Invariant.Check(_state == State.Completed);
        T result = _result;
        _result = default!;
        _owner = null;
        _version++;
        _state = State.Idle;
        Release();
        return result;
    }
}
