namespace Daos.Fabric.Core.Threading;

/// <summary>
/// Builds the async methods that run as ULTs on an owner thread: put <c>[AsyncMethodBuilder(typeof(UltMethodBuilder))]</c> on a method
/// that returns <see cref="ValueTask"/>. State machines come from a free list of the owner thread, no execution context is
/// captured, and continuations stay on the owner thread. Every such task must be awaited or spawned
/// (<see cref="OwnerThread.Spawn"/>), else its box does not return.
/// </summary>
public struct UltMethodBuilder
{
    private UltBox<Nothing>? _box;
    private Exception? _exception;

    /// <summary>What the caller awaits.</summary>
    public readonly ValueTask Task =>
        _box is not null ? new ValueTask(_box, _box.Version)
        : _exception is not null ? ValueTask.FromException(_exception)
        : default;

    /// <summary>Called by the compiler at the method's start.</summary>
    public static UltMethodBuilder Create() => default;

    /// <summary>Runs the method up to its first suspension.</summary>
    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => stateMachine.MoveNext();

    /// <summary>Not used: boxes hold the state machine by value.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine) => _ = stateMachine;

    /// <summary>The method returned.</summary>
    public readonly void SetResult() => _box?.SetResult(default);

    /// <summary>The method threw.</summary>
    public void SetException(Exception exception)
    {
        if (_box is null)
        {
            _exception = exception;
            return;
        }

        _box.SetException(exception);
    }

    /// <summary>Suspends the method.</summary>
    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine =>
        awaiter.OnCompleted(UltBoxing.Box(ref _box, ref stateMachine));

    /// <summary>Suspends the method.</summary>
    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine =>
        awaiter.UnsafeOnCompleted(UltBoxing.Box(ref _box, ref stateMachine));
}

/// <summary>The same for methods that return <see cref="ValueTask{TResult}"/>.</summary>
public struct UltMethodBuilder<TResult>
{
    private UltBox<TResult>? _box;
    private Exception? _exception;
    private TResult _result;

    /// <summary>What the caller awaits.</summary>
    public readonly ValueTask<TResult> Task =>
        _box is not null ? new ValueTask<TResult>(_box, _box.Version)
        : _exception is not null ? ValueTask.FromException<TResult>(_exception)
        : new ValueTask<TResult>(_result);

    /// <summary>Called by the compiler at the method's start.</summary>
    public static UltMethodBuilder<TResult> Create() => default;

    /// <summary>Runs the method up to its first suspension.</summary>
    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => stateMachine.MoveNext();

    /// <summary>Not used: boxes hold the state machine by value.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine) => _ = stateMachine;

    /// <summary>The method returned.</summary>
    public void SetResult(TResult result)
    {
        if (_box is null)
        {
            _result = result;
            return;
        }

        _box.SetResult(result);
    }

    /// <summary>The method threw.</summary>
    public void SetException(Exception exception)
    {
        if (_box is null)
        {
            _exception = exception;
            return;
        }

        _box.SetException(exception);
    }

    /// <summary>Suspends the method.</summary>
    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine =>
        awaiter.OnCompleted(UltBoxing.Box(ref _box, ref stateMachine));

    /// <summary>Suspends the method.</summary>
    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine =>
        awaiter.UnsafeOnCompleted(UltBoxing.Box(ref _box, ref stateMachine));
}

/// <summary>The result of a method without one.</summary>
internal readonly struct Nothing;

/// <summary>Moves a state machine into its box at the first suspension.</summary>
internal static class UltBoxing
{
    internal static Action Box<TStateMachine, TResult>(ref UltBox<TResult>? slot, ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine
    {
        if (slot is not null)
        {
            return Unsafe.As<UltBox<TStateMachine, TResult>>(slot).MoveNextAction;
        }

        var box = UltBox<TStateMachine, TResult>.Rent();

        // The slot lies inside the state machine: fill it first, so that the copy in the box knows its box.
        slot = box;
        box.StateMachine = stateMachine;
        return box.MoveNextAction;
    }
}
