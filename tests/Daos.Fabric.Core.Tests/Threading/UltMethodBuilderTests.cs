namespace Daos.Fabric.Core.Tests.Threading;

public sealed class UltMethodBuilderTests
{
    private readonly TestOwner _owner = new();
    private readonly Queue<TestOperation> _waiting = new();

    [Fact]
    public void Method_ThatNeverSuspends_CompletesInline()
    {
        using var scope = _owner.Enter();
        ValueTask<int> task = Sync(4);
        Assert.True(task.IsCompletedSuccessfully);
        Assert.Equal(5, task.Result);
    }

    [Fact]
    public void Method_ThatThrowsBeforeItSuspends_GivesAFaultedTask()
    {
        using var scope = _owner.Enter();
        ValueTask task = ThrowAtOnce();
        Assert.True(task.IsFaulted);
        var exception = Assert.Throws<InvalidOperationException>(() => task.GetAwaiter().GetResult());
        Assert.Equal("at once", exception.Message);
    }

    [Fact]
    public void Method_ThatSuspends_ResumesWithTheResult()
    {
        using var scope = _owner.Enter();
        ValueTask<int> task = AddAfterWait(10);
        Assert.False(task.IsCompleted);
        _waiting.Dequeue().Finish(32);
        Assert.False(task.IsCompleted);
        _owner.RunAll();
        Assert.True(task.IsCompletedSuccessfully);
        Assert.Equal(42, task.Result);
    }

    [Fact]
    public void Method_ThatThrowsAfterItSuspended_GivesTheExceptionWithItsTrace()
    {
        using var scope = _owner.Enter();
        ValueTask task = ThrowAfterWait();
        _waiting.Dequeue().Finish(0);
        _owner.RunAll();
        Assert.True(task.IsFaulted);
        var exception = Assert.Throws<InvalidOperationException>(() => task.GetAwaiter().GetResult());
        Assert.Contains(nameof(ThrowAfterWait), exception.StackTrace);
    }

    [Fact]
    public void Method_Nested_ReturnsThroughEveryLevelInOneItem()
    {
        using var scope = _owner.Enter();
        ValueTask<int> task = Nested(10);
        _waiting.Dequeue().Finish(1);
        Assert.Equal(1, _owner.RunAll());
        Assert.True(task.IsCompletedSuccessfully);
        Assert.Equal(11, task.Result);
    }

    [Fact]
    public void Method_NestedThrow_IsCaughtByTheCaller()
    {
        using var scope = _owner.Enter();
        ValueTask<string> task = CatchNested();
        _waiting.Dequeue().Finish(1);
        _owner.RunAll();
        Assert.Equal("caught after wait", task.Result);
    }

    [Fact]
    public void Task_ReadTwice_IsRefused()
    {
        using var scope = _owner.Enter();
        ValueTask<int> task = AddAfterWait(1);
        _waiting.Dequeue().Finish(1);
        _owner.RunAll();
        Assert.Equal(2, task.GetAwaiter().GetResult());
        Assert.Throws<InvariantException>(() => task.GetAwaiter().GetResult());
    }

    [Fact]
    public void Spawn_TaskThatFails_IsReported()
    {
        using var scope = _owner.Enter();
        _owner.Spawn(ThrowAfterWait());
        _owner.Spawn(ThrowAtOnce());
        Assert.Single(_owner.Unhandled);
        _waiting.Dequeue().Finish(0);
        _owner.RunAll();
        Assert.Equal(["at once", "after wait"], _owner.Unhandled.Select(e => e.Message));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(128)]
    public void Suspensions_AfterWarmUp_AllocateNothing(int depth)
    {
        const int Suspensions = 100_000;
        using var scope = _owner.Enter();
        RunLoops(depth, 2_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RunLoops(depth, Suspensions);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(0, allocated);
        Assert.Empty(_owner.Unhandled);
    }

    [Fact]
    public void Suspensions_OfTasksThatNobodyConsumes_AllocateSoTheBudgetTestCanFail()
    {
        using var scope = _owner.Enter();
        RunLoops(1, 2_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
        {
            // The planted mistake: this task is never awaited, so its box never returns.
            _ = AddAfterWait(i);
            _waiting.Dequeue().Finish(1);
            _owner.RunAll();
        }

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before > 50_000);
    }

    [Fact]
    public async Task Method_OnForeignThreads_WorksWithTasksOfTheClassLibrary()
    {
        Assert.Null(OwnerThread.Current);
        for (int i = 0; i < 2_000; i++)
        {
            Assert.Equal(i + 3, await ForeignOuter(i));
        }
    }

    [Fact]
    public async Task Method_OnAnOwner_ComesHomeFromATaskOfTheClassLibrary()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = new TaskCompletionSource<OwnerThread?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using (_owner.Enter())
        {
            _owner.Spawn(AwaitForeign(gate.Task, arrived));
        }

        gate.SetResult();

        // The foreign thread posts the method home; only the owner's turn runs it.
        while (!arrived.Task.IsCompleted)
        {
            _owner.RunAll();
            await Task.Yield();
        }

        Assert.Same(_owner, await arrived.Task);
        Assert.Empty(_owner.Unhandled);
    }

    [Fact]
    public void Method_ThatAwaitsAnOperationOfAnotherOwner_ComesHome()
    {
        var other = new TestOwner("other");
        TestOperation operation;
        using (other.Enter())
        {
            operation = TestOperation.Rent(other);
        }

        var seen = new List<OwnerThread?>();
        using (_owner.Enter())
        {
            _owner.Spawn(AwaitOther(operation, seen));
        }

        using (other.Enter())
        {
            operation.Finish(1);
        }

        other.RunAll();
        Assert.Empty(seen);
        _owner.RunAll();
        Assert.Equal([_owner], seen);
    }

    private void RunLoops(int depth, int suspensions)
    {
        int each = suspensions / depth;
        for (int i = 0; i < depth; i++)
        {
            _owner.Spawn(Loop(each));
        }

        while (_waiting.TryDequeue(out TestOperation? operation))
        {
            operation.Finish(1);
            if (_waiting.Count == 0)
            {
                _owner.RunAll();
            }
        }
    }

    private TestOperation Wait()
    {
        TestOperation operation = TestOperation.Rent(_owner);
        _waiting.Enqueue(operation);
        return operation;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask Loop(int times)
    {
        for (int i = 0; i < times; i++)
        {
            if (await Nested(i) != i + 1)
            {
                throw new InvalidOperationException("wrong result");
            }
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<int> Sync(int value)
    {
        await ValueTask.CompletedTask;
        return value + 1;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private static async ValueTask ThrowAtOnce()
    {
        await ValueTask.CompletedTask;
        throw new InvalidOperationException("at once");
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<int> AddAfterWait(int value) => value + await Wait().Task;

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask ThrowAfterWait()
    {
        await Wait().Task;
        throw new InvalidOperationException("after wait");
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<int> Nested(int value) => await AddAfterWait(value);

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<string> CatchNested()
    {
        try
        {
            await ThrowAfterWait();
            return "not thrown";
        }
        catch (InvalidOperationException exception)
        {
            return "caught " + exception.Message;
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<int> ForeignOuter(int value) => 1 + await ForeignInner(value);

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<int> ForeignInner(int value)
    {
        await Task.Yield();
        return value + 2;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private static async ValueTask AwaitForeign(Task gate, TaskCompletionSource<OwnerThread?> arrived)
    {
        await gate.ConfigureAwait(false);
        arrived.SetResult(OwnerThread.Current);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private static async ValueTask AwaitOther(TestOperation operation, List<OwnerThread?> seen)
    {
        await operation.Task;
        seen.Add(OwnerThread.Current);
    }
}
