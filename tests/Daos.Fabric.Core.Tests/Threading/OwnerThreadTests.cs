namespace Daos.Fabric.Core.Tests.Threading;

public sealed class OwnerThreadTests
{
    [Fact]
    public void Enter_Nested_RestoresTheFormerOwner()
    {
        var outer = new TestOwner("outer");
        var inner = new TestOwner("inner");
        Assert.Null(OwnerThread.Current);
        using (outer.Enter())
        {
            using (inner.Enter())
            {
                Assert.Same(inner, OwnerThread.Current);
            }

            Assert.Same(outer, OwnerThread.Current);
        }

        Assert.Null(OwnerThread.Current);
    }

    [Fact]
    public void Assert_FromAnotherThread_NamesBoth()
    {
        var owner = new TestOwner("xs0");
        var other = new TestOwner("xs1");
        Assert.Contains("xs0", Assert.Throws<InvalidOperationException>(() => owner.Assert()).Message);
        using (other.Enter())
        {
            Assert.Contains("xs1", Assert.Throws<InvalidOperationException>(() => owner.Assert()).Message);
        }

        using (owner.Enter())
        {
            owner.Assert();
        }
    }

    [Fact]
    public void Spawn_FromAForeignThread_IsCaught() => Assert.Throws<InvalidOperationException>(() => new TestOwner().Spawn(default));

    [Fact]
    public void WorkQueue_IsFirstInFirstOut()
    {
        var queue = default(WorkQueue);
        var items = Enumerable.Range(0, 5).Select(_ => new Nop()).ToArray();
        foreach (Nop item in items)
        {
            queue.Enqueue(item);
        }

        Assert.Equal(5, queue.Count);
        foreach (Nop item in items)
        {
            Assert.Same(item, queue.Dequeue());
        }

        Assert.Null(queue.Dequeue());
        queue.Enqueue(items[0]);
        Assert.Same(items[0], queue.Dequeue());
        Assert.Equal(0, queue.Count);
    }

    private sealed class Nop : WorkItem
    {
        protected internal override void Execute()
        {
        }
    }
}
