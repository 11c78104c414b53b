namespace Daos.Fabric.Core.Tests.Threading;

public sealed class BoundedQueueTests
{
    [Fact]
    public void Queue_OneThread_IsFirstInFirstOutAndBounded()
    {
        var queue = new BoundedQueue<string>(4);
        for (int round = 0; round < 10; round++)
        {
            Assert.True(queue.IsEmpty);
            for (int i = 0; i < 4; i++)
            {
                Assert.True(queue.TryEnqueue($"{round}.{i}"));
            }

            Assert.False(queue.TryEnqueue("too many"));
            for (int i = 0; i < 4; i++)
            {
                Assert.False(queue.IsEmpty);
                Assert.True(queue.TryDequeue(out string? item));
                Assert.Equal($"{round}.{i}", item);
            }

            Assert.False(queue.TryDequeue(out _));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void Constructor_CapacityThatIsNoPowerOfTwo_IsRefused(int capacity) =>
        Assert.ThrowsAny<ArgumentException>(() => new BoundedQueue<string>(capacity));

    [Theory]
    [InlineData(4, 1, 2)]
    [InlineData(4, 4, 2)]
    [InlineData(1, 4, 1024)]
    [InlineData(4, 1, 1024)]
    public void Queue_ManyThreads_LosesNothingDoublesNothingAndKeepsEachProducersOrder(int producers, int consumers, int capacity)
    {
        const int Each = 50_000;
        var queue = new BoundedQueue<Item>(capacity);
        var taken = new List<Item>[consumers];
        int left = producers * Each;
        var threads = new List<Thread>();
        for (int p = 0; p < producers; p++)
        {
            int producer = p;
            threads.Add(new Thread(() => Produce(queue, producer, Each)));
        }

        for (int c = 0; c < consumers; c++)
        {
            List<Item> mine = taken[c] = [];
            threads.Add(new Thread(() => Consume(queue, mine, ref left)));
        }

        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        Assert.True(queue.IsEmpty);
        Assert.Equal(producers * Each, taken.Sum(t => t.Count));
        Assert.Equal(producers * Each, taken.SelectMany(t => t).Distinct().Count());
        foreach (List<Item> mine in taken)
        {
            foreach (var group in mine.GroupBy(i => i.Producer))
            {
                int last = -1;
                foreach (Item item in group)
                {
                    Assert.True(item.Number > last, "a consumer saw a producer's items out of order");
                    last = item.Number;
                }
            }
        }
    }

    private static void Produce(BoundedQueue<Item> queue, int producer, int count)
    {
        var spin = default(SpinWait);
        for (int i = 0; i < count; i++)
        {
            var item = new Item(producer, i);
            while (!queue.TryEnqueue(item))
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
        }
    }

    private static void Consume(BoundedQueue<Item> queue, List<Item> taken, ref int left)
    {
        var spin = default(SpinWait);
        while (Volatile.Read(ref left) > 0)
        {
            if (queue.TryDequeue(out Item? item))
            {
                taken.Add(item);
                Interlocked.Decrement(ref left);
            }
            else
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
        }
    }

    private sealed class Item(int producer, int number)
    {
        public int Producer { get; } = producer;

        public int Number { get; } = number;
    }
}
