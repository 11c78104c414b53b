namespace Daos.Fabric.Xstreams.Tests.Mesh;

public sealed class SpscRingTests
{
    [Fact]
    public void Ring_Full_RefusesAndKeepsOrder()
    {
        var ring = new SpscRing<string>(4);
        foreach (string s in (string[])["a", "b", "c", "d"])
        {
            Assert.True(ring.TryEnqueue(s));
        }

        Assert.False(ring.TryEnqueue("e"));
        Assert.True(ring.TryDequeue(out string? first));
        Assert.Equal("a", first);
        Assert.True(ring.TryEnqueue("e"));
        foreach (string s in (string[])["b", "c", "d", "e"])
        {
            Assert.True(ring.TryDequeue(out string? next));
            Assert.Equal(s, next);
        }

        Assert.True(ring.IsEmpty);
        Assert.False(ring.TryDequeue(out _));
    }

    [Fact]
    public void Ring_TwoThreads_DeliversEverythingInOrder()
    {
        const int count = 200_000;
        var ring = new SpscRing<object>(64);
        object[] items = [.. Enumerable.Range(0, 1000).Select(i => (object)i)];
        var producer = new Thread(() =>
        {
            var spin = default(SpinWait);
            for (int i = 0; i < count; i++)
            {
                while (!ring.TryEnqueue(items[i % items.Length]))
                {
                    spin.SpinOnce();
                }
            }
        });
        producer.Start();
        var wait = default(SpinWait);
        for (int i = 0; i < count; i++)
        {
            object? item;
            while (!ring.TryDequeue(out item))
            {
                wait.SpinOnce();
            }

            Assert.Same(items[i % items.Length], item);
        }

        producer.Join();
        Assert.True(ring.IsEmpty);
    }
}
