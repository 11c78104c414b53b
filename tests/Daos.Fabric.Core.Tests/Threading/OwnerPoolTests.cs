namespace Daos.Fabric.Core.Tests.Threading;

public sealed class OwnerPoolTests
{
    [Fact]
    public void Rent_AfterReturn_GivesTheSameObject()
    {
        var owner = new TestOwner();
        OwnerPool<Thing> pool = OwnerPool<Thing>.Of(owner);
        Assert.Null(pool.TryRent());
        var thing = new Thing();
        pool.Return(thing);
        Assert.Same(thing, pool.TryRent());
        Assert.Null(pool.TryRent());
    }

    [Fact]
    public void Of_TwoOwnersAndTwoTypes_AreFourPools()
    {
        var first = new TestOwner("first");
        var second = new TestOwner("second");
        Assert.Same(OwnerPool<Thing>.Of(first), OwnerPool<Thing>.Of(first));
        Assert.NotSame(OwnerPool<Thing>.Of(first), OwnerPool<Thing>.Of(second));
        OwnerPool<Other>.Of(first).Return(new Other());
        Assert.Null(OwnerPool<Thing>.Of(first).TryRent());
        Assert.Null(OwnerPool<Other>.Of(second).TryRent());
        Assert.NotNull(OwnerPool<Other>.Of(first).TryRent());
    }

    [Fact]
    public void Return_BeyondTheLimit_IsLeftToTheCollector()
    {
        OwnerPool<Thing> pool = OwnerPool<Thing>.Of(new TestOwner());
        for (int i = 0; i < OwnerPool<Thing>.IdleMax + 10; i++)
        {
            pool.Return(new Thing());
        }

        int idle = 0;
        while (pool.TryRent() is not null)
        {
            idle++;
        }

        Assert.Equal(OwnerPool<Thing>.IdleMax, idle);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 8)]
    [InlineData(9, 128)]
    [InlineData(129, 256)]
    [InlineData(257, 512)]
    public void Rent_SoManyAtOnce_MakesAWholeStep(int rented, int made)
    {
        OwnerPool<Thing> pool = OwnerPool<Thing>.Of(new TestOwner());
        var counter = new Counter();
        var things = new HashSet<Thing>();
        for (int i = 0; i < rented; i++)
        {
            Assert.True(things.Add(pool.Rent(counter, static c => c.Make())), "given out twice");
        }

        Assert.Equal(made, counter.Made);
        foreach (Thing thing in things)
        {
            pool.Return(thing);
        }

        for (int i = 0; i < made; i++)
        {
            pool.Rent(counter, static c => c.Make());
        }

        Assert.Equal(made, counter.Made);
    }

    [Fact]
    public void Rent_DeeperThanUsualWithinAStep_AllocatesNothing()
    {
        OwnerPool<Thing> pool = OwnerPool<Thing>.Of(new TestOwner());
        var things = new Thing[128];
        RentAndReturn(pool, things, 9);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RentAndReturn(pool, things, 128);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void RentAndReturn(OwnerPool<Thing> pool, Thing[] things, int count)
    {
        for (int i = 0; i < count; i++)
        {
            things[i] = pool.Rent(pool, static _ => new Thing());
        }

        for (int i = 0; i < count; i++)
        {
            pool.Return(things[i]);
        }
    }

    private sealed class Counter
    {
        internal int Made { get; private set; }

        internal Thing Make()
        {
            Made++;
            return new Thing();
        }
    }

    private sealed class Thing;

    private sealed class Other;
}
