namespace Daos.Fabric.Core.Tests.Threading;

/// <summary>Walks the state table drawn above <see cref="PooledOperation{T}"/>: every edge, and every edge that must not exist.</summary>
public sealed class PooledOperationTests
{
    private readonly TestOwner _owner = new();

    [Fact]
    public void Complete_BeforeAnybodyAwaits_ResultIsReadAtOnce()
    {
        using var scope = _owner.Enter();
        TestOperation operation = TestOperation.Rent(_owner);
        Assert.True(operation.IsPending);
        operation.Finish(5);
        Assert.False(operation.IsPending);
        ValueTask<int> task = operation.Task;
        Assert.True(task.IsCompletedSuccessfully);
        Assert.Equal(5, task.Result);
        Assert.Equal(1, operation.Releases);
        Assert.Equal(0, _owner.ReadyCount);
    }

    [Fact]
    public void Complete_WithAWaiter_ContinuationRunsFromTheReadyQueueOnce()
    {
        using var scope = _owner.Enter();
        TestOperation operation = TestOperation.Rent(_owner);
        int ran = 0;
        var awaiter = operation.Task.GetAwaiter();
        awaiter.UnsafeOnCompleted(() => ran++);
        operation.Finish(5);
        Assert.Equal(0, ran);
        Assert.False(awaiter.IsCompleted);
        _owner.RunAll();
        Assert.Equal(1, ran);
        Assert.True(awaiter.IsCompleted);
        Assert.Equal(5, awaiter.GetResult());
    }

    [Fact]
    public void Await_AfterCompletion_StillGoesThroughTheReadyQueue()
    {
        using var scope = _owner.Enter();
        TestOperation operation = TestOperation.Rent(_owner);
        operation.Finish(5);
        int ran = 0;
        var awaiter = operation.Task.GetAwaiter();
        awaiter.UnsafeOnCompleted(() => ran = awaiter.GetResult());
        Assert.Equal(0, ran);
        _owner.RunAll();
        Assert.Equal(5, ran);
    }

    [Fact]
    public void Continuation_InheritsTheClassThatAwaited()
    {
        using var scope = _owner.Enter();
        TestOperation operation = TestOperation.Rent(_owner);
        _owner.SetClass(4);
        operation.Task.GetAwaiter().UnsafeOnCompleted(() => { });
        _owner.SetClass(1);
        operation.Finish(0);
        Assert.Equal(4, operation.SchedulingClass);
    }

    [Fact]
    public void GetResult_ReadTwice_IsRefused()
    {
        using var scope = _owner.Enter();
        TestOperation operation = TestOperation.Rent(_owner);
        ValueTask<int> task = operation.Task;
        operation.Finish(5);
        Assert.Equal(5, task.GetAwaiter().GetResult());
        Assert.Throws<InvariantException>(() => task.GetAwaiter().GetResult());
        Assert.Equal(1, operation.Releases);
    }

    [Fact]
    public void GetResult_OfAnOlderUse_IsRefused()
    {
        using var scope = _owner.Enter();
        TestOperation operation = TestOperation.Rent(_owner);
        ValueTask<int> first = operation.Task;
        operation.Finish(1);
        Assert.Equal(1, first.GetAwaiter().GetResult());
        TestOperation again = TestOperation.Rent(_owner);
        Assert.Same(operation, again);
        again.Finish(2);
        Assert.Throws<InvariantException>(() => first.GetAwaiter().GetResult());
        Assert.Equal(2, again.Task.GetAwaiter().GetResult());
    }

    [Fact]
    public void GetResult_BeforeCompletion_IsRefused()
    {
        using var scope = _owner.Enter();
        TestOperation operation = TestOperation.Rent(_owner);
        Assert.Throws<InvariantException>(() => operation.Task.GetAwaiter().GetResult());
    }

    [Fact]
    public void Complete_Twice_IsRefused()
    {
        using var scope = _owner.Enter();
        TestOperation operation = TestOperation.Rent(_owner);
        operation.Finish(1);
        Assert.Throws<InvariantException>(() => operation.Finish(2));
        Assert.Equal(1, operation.Task.Result);
        Assert.Throws<InvariantException>(() => operation.Finish(3));
    }

    [Fact]
    public void Await_Twice_IsRefusedAndTheFirstWaiterStays()
    {
        using var scope = _owner.Enter();
        TestOperation operation = TestOperation.Rent(_owner);
        bool first = false;
        bool second = false;
        operation.Task.GetAwaiter().UnsafeOnCompleted(() => first = true);
        Assert.Throws<InvariantException>(() => operation.Task.GetAwaiter().UnsafeOnCompleted(() => second = true));
        operation.Finish(1);
        _owner.RunAll();
        Assert.True(first);
        Assert.False(second);
    }

    [Fact]
    public void Begin_WhileInUse_IsRefused()
    {
        using var scope = _owner.Enter();
        TestOperation operation = TestOperation.Rent(_owner);
        Assert.Throws<InvariantException>(() => operation.BeginAgain(_owner));
    }

    [Fact]
    public void Execute_WithoutAScheduledContinuation_IsRefused()
    {
        using var scope = _owner.Enter();
        TestOperation operation = TestOperation.Rent(_owner);
        Assert.Throws<InvariantException>(operation.RunAsIfScheduled);
    }

    [Fact]
    public void Complete_FromAForeignThread_IsCaughtInCheckedBuilds()
    {
        TestOperation operation;
        using (_owner.Enter())
        {
            operation = TestOperation.Rent(_owner);
            operation.Task.GetAwaiter().UnsafeOnCompleted(() => { });
        }

        Assert.Throws<InvalidOperationException>(() => operation.Finish(1));
    }
}
