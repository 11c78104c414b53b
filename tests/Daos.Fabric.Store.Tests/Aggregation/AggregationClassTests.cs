using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Aggregation;

public class AggregationClassTests
{
    [Fact]
    public void Aggregation_AndDiscard_RunInTheirRequestClass()
    {
        const byte UpkeepClass = 3;
        var seen = new List<byte>();
        StoreWorld? world = null;
        var store = new ObjectFixture(change: options => options with
        {
            ArenaReserveBytes = 64 << 20,
            UpkeepClass = UpkeepClass,
            OnPersist = point =>
            {
                if (point == PersistPoint.BeforeDataFree)
                {
                    seen.Add(world!.Loop.CurrentClass);
                }
            },
        });
        world = store.World;
        for (int i = 0; i < 3; i++)
        {
            store.Put("d", "a", new byte[9000]);
        }

        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Equal(DerCode.Success, store.Discard(0, ulong.MaxValue));
        Assert.Equal([UpkeepClass, UpkeepClass, UpkeepClass], seen);
    }
}
