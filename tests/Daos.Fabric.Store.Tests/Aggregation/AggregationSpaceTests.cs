using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Tests.Checking;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Aggregation;

/// <summary>Space: none is lost by aggregations that power cuts end, and a shard that is written for ever stays as large as its content.</summary>
public class AggregationSpaceTests
{
    [Theory]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void Aggregation_CutAtManyMoments_LosesNoBlockAndGoesOn(CrashKind kind)
    {
        var store = new ObjectFixture(
            3,
            options => options with { ArenaReserveBytes = 32 << 20, DataBytes = 32 << 20, LogBytes = 1 << 20, MediaBufferCount = 8, CheckpointIntervalMs = 5 },
            isVolatile: false);
        var expected = new byte[300_000];
        ulong snapshot = 0;
        for (int i = 0; i < 100; i++)
        {
            byte[] bytes = new byte[9000];
            new SeededRandom((ulong)i).Fill(bytes);
            ulong start = (ulong)(i * 7919 % 290_000);
            bytes.CopyTo(expected, (int)start);
            store.Write("d", "array", 1, (start, 9000, bytes));
            store.Put($"d{i % 9}", "a", bytes[..100]);
            snapshot = i == 40 ? store.Snapshot() : snapshot;
        }

        byte[] then = store.Read("d", "array", 0, 300_000, snapshot).Bytes!;
        for (int cut = 1; cut <= 12; cut++)
        {
            StoreShard shard = store.Shard;
            store.World.Start(async () => await shard.AggregateAsync(Epoch.Max, new AggregationControl { IsTight = true }));
            store.World.World.RunFor(cut * 150_000);
            store.World.Crash(kind);
            Inspector.AssertSound(store.World, $"cut {cut}");
            store.OpenAgain();
            Assert.True(expected.AsSpan().SequenceEqual(store.Read("d", "array", 0, 300_000).Bytes), "the newest view changed");
            Assert.True(then.AsSpan().SequenceEqual(store.Read("d", "array", 0, 300_000, snapshot).Bytes), "the snapshot changed");
        }

        Assert.Equal(DerCode.Success, store.Aggregate(isTight: true));
        Assert.True(expected.AsSpan().SequenceEqual(store.Read("d", "array", 0, 300_000).Bytes), "the newest view changed");
        Assert.True(then.AsSpan().SequenceEqual(store.Read("d", "array", 0, 300_000, snapshot).Bytes), "the snapshot changed");
        store.World.Run(() => store.Shard.CloseAsync());
        Inspector.AssertSound(store.World, "at the end");
    }

    [Fact]
    public void Overwrites_ForALongTime_StayAsLargeAsTheirContent()
    {
        var store = new ObjectFixture();
        ulong largest = 0;
        for (int round = 0; round < 30; round++)
        {
            for (int i = 0; i < 200; i++)
            {
                store.Put($"d{i}", "a", new byte[64]);
                store.Write("array", "array", 1, ((ulong)(i * 50), 60, new byte[60]));
            }

            Assert.Equal(DerCode.Success, store.Aggregate(isTight: true));
            largest = round == 1 ? store.Shard.Arena.LiveBytes : largest;
            Assert.True(round < 2 || store.Shard.Arena.LiveBytes <= largest + 4096, $"{store.Shard.Arena.LiveBytes} after round {round}, {largest} after the first");
        }
    }
}
