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

    private sealed class Thing;

    private sealed class Other;
}
