using Daos.Fabric.Store.Transactions;

namespace Daos.Fabric.Store.Tests.Transactions;

/// <summary>The ring in native memory against the framework's queue.</summary>
public sealed class NativeQueueTests
{
    [Fact]
    public void RandomTraffic_WrapsAndGrows_SameAsAQueue()
    {
        var random = new SeededRandom(7);
        var model = new Queue<ulong>();
        var queue = new NativeQueue<ulong>(2);
        for (int i = 0; i < 20_000; i++)
        {
            // More comes than goes in the first half: it grows while its oldest item lies anywhere.
            if (model.Count == 0 || random.NextUInt64() % 100 < (i < 10_000 ? 55UL : 45UL))
            {
                ulong value = random.NextUInt64();
                model.Enqueue(value);
                queue.Enqueue(value);
            }
            else
            {
                Assert.Equal(model.Dequeue(), queue.Peek());
                queue.Dequeue();
            }

            Assert.Equal(model.Count, queue.Count);
        }

        queue.Dispose();
    }

    [Fact]
    public void Empty_PeekAndDequeue_AreRefused()
    {
        Assert.Throws<InvariantException>(() => default(NativeQueue<int>).Peek());
        Assert.Throws<InvariantException>(() => default(NativeQueue<int>).Dequeue());
    }
}
