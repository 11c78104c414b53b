using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Reclaim;

public class ReclaimTests(ITestOutputHelper output)
{
    private static ObjectFixture NoHistory(ulong seed = 1) =>
        new(seed, options => options with { ArenaReserveBytes = 64 << 20, HistoryWindowMs = 0 });

    [Fact]
    public void Reclaim_AfterPunchOfEverything_ReturnsEveryByte()
    {
        ObjectFixture store = NoHistory();
        ulong arena = store.Shard.Arena.LiveBytes;
        long data = store.Shard.DataSpace.FreeBytes;
        for (int i = 0; i < 300; i++)
        {
            store.Put($"dkey {i % 100}", $"akey {i % 7}", new byte[i % 50 == 0 ? 10_000 : i]);
            store.Run(() => store.Calls.WriteAsync(
                CallKeys.Of($"dkey {i % 100}", "array"), 4, ((ulong)i * 3, 10, new byte[40]), (5000, 30, null)));
        }

        store.Punch("dkey 1", "akey 1", PunchScope.Akeys);
        store.Punch("dkey 2", "", PunchScope.Dkey);
        store.Put("dkey 2", "again", [1]);
        store.Punch("", "", PunchScope.Object);
        store.ReclaimAll();
        Assert.Equal(data, store.Shard.DataSpace.FreeBytes);
        Assert.Equal(arena, store.Shard.Arena.LiveBytes);
    }

    [Fact]
    public void Reclaim_OverwrittenValue_RefusesOldEpochsAndKeepsTheNewest()
    {
        ObjectFixture store = NoHistory();
        ulong first = store.Put("d", "a", [1]).Epoch.Value;
        ulong second = store.Put("d", "a", [2]).Epoch.Value;
        Assert.Equal([1], store.Get("d", "a", first).Value!);
        store.ReclaimAll();
        Assert.Equal(DerCode.EpochOld, store.Get("d", "a", first).Code);
        Assert.Equal(DerCode.EpochOld, store.Put("d", "a", [9], first).Code);
        Assert.Equal([2], store.Get("d", "a", second).Value!);
        Assert.Equal([2], store.Get("d", "a").Value!);
    }

    [Fact]
    public void Reclaim_InsideTheHistoryWindow_TakesNothing()
    {
        var store = new ObjectFixture();
        store.World.World.RunFor(60_000_000_000);
        ulong first = store.Put("d", "a", [1]).Epoch.Value;
        store.Put("d", "a", [2]);
        store.ReclaimAll();
        Assert.Equal([1], store.Get("d", "a", first).Value!);
        store.World.World.RunFor(30_000_000_000);
        store.ReclaimAll();
        Assert.Equal(DerCode.EpochOld, store.Get("d", "a", first).Code);
        Assert.Equal([2], store.Get("d", "a").Value!);
    }

    [Fact]
    public void DestroyContainer_Steps_ReturnEveryByte()
    {
        var store = new ObjectFixture();
        var other = new Core.Identities.ContainerId(new Guid("99990000-0000-0000-0000-000000000001"));

        // The first one leaves the table's node behind, which the next ones use again.
        store.On(() => Assert.Equal(DerCode.Success, store.Shard.CreateContainer(other, out _)));
        store.On(() => Assert.Equal(DerCode.Success, store.Shard.DestroyContainer(other, out _)));
        store.ReclaimAll();
        ulong arena = store.Shard.Arena.LiveBytes;
        long data = store.Shard.DataSpace.FreeBytes;
        store.On(() => Assert.Equal(DerCode.Success, store.Shard.CreateContainer(other, out _)));
        store.On(() => Assert.Equal(DerCode.Exists, store.Shard.CreateContainer(other, out _)));
        var calls = new StoreCalls(store.Shard, other);
        for (int i = 0; i < 500; i++)
        {
            store.Run(() => calls.PutAsync(CallKeys.Of($"d{i % 200}", $"a{i % 3}"), new byte[i % 100 == 0 ? 8000 : 30]));
            store.Run(() => calls.WriteAsync(CallKeys.Of($"d{i % 200}", "array"), 1, ((ulong)i, 5, new byte[5])));
            store.Run(() => calls.PunchAsync(CallKeys.Of($"d{i % 50}", "a1"), PunchScope.Akeys));
        }

        store.On(() => Assert.Equal(DerCode.Success, store.Shard.DestroyContainer(other, out _)));
        store.On(() => Assert.Equal(DerCode.Nonexist, store.Shard.DestroyContainer(other, out _)));
        Assert.Equal(DerCode.ContNonexist, store.Run(() => calls.GetAsync(CallKeys.Of("d1", "a1"))).Code);
        store.ReclaimAll();
        Assert.Equal(data, store.Shard.DataSpace.FreeBytes);
        Assert.Equal(arena, store.Shard.Arena.LiveBytes);
        Assert.Equal([ObjectFixture.Container], store.Shard.ListContainers());
    }

    [Theory]
    [Trait("Id", "S11")]
    [InlineData(60_000, false)]
    [InlineData(60_000, true)]
    [InlineData(500, false)]
    [InlineData(500, true)]
    public void FullStore_ReadsAndPunchesGoOn_SpaceReturnsAfterPunch(int valueBytes, bool isVolatile) =>
        new SeededRun("S11", $"{valueBytes}-{(isVolatile ? "volatile" : "durable")}", t0: 1, t1: 20, output.WriteLine, seed: 11)
            .Run((seed, counts) => FillAndPunch(seed, valueBytes, isVolatile, counts));

    private static void FillAndPunch(ulong seed, int valueBytes, bool isVolatile, RunCounts counts)
    {
        var store = new ObjectFixture(
            seed, options => options with { ArenaReserveBytes = 4 << 20, DataBytes = 8 << 20, LogBytes = 4 << 20 }, isVolatile);
        int rounds = 3;
        int written = 0;
        for (int round = 0; round < rounds; round++)
        {
            int count = 0;
            while (true)
            {
                DerCode code = store.Put($"key {count}", "value", Value(round, count, valueBytes, seed)).Code;
                if (code.IsError)
                {
                    Assert.Equal(DerCode.NoSpace, code);
                    break;
                }

                count++;
                Assert.True(count < 20_000, "the store never fills up");
            }

            Assert.True(count > 50, $"only {count} values fitted in round {round}");
            written += count;
            for (int i = 0; i < count; i += 7)
            {
                Assert.Equal(Value(round, i, valueBytes, seed), store.Get($"key {i}", "value").Value!);
            }

            for (int i = 0; i < count; i++)
            {
                Assert.Equal(DerCode.Success, store.Punch($"key {i}", "", PunchScope.Dkey).Code);
            }

            Assert.Null(store.Get("key 0", "value").Value);
        }

        store.World.Dispose();
        counts.Add("rounds", rounds);
        counts.Add("written", written);
    }

    [Fact]
    public void Overwrites_MoreThanTheStoreHolds_NeverFindItFull()
    {
        var store = new ObjectFixture(5, options => options with { ArenaReserveBytes = 4 << 20, DataBytes = 8 << 20 });
        for (int i = 0; i < 400; i++)
        {
            // 26 MB through 8 MiB of data blocks, and versions within the history window.
            Assert.Equal(DerCode.Success, store.Put($"key {i % 20}", "value", Value(0, i, 65_000)).Code);
        }

        Assert.Equal(Value(0, 399, 65_000), store.Get("key 19", "value").Value!);
    }

    private static byte[] Value(int round, int number, int bytes, ulong seed = 0)
    {
        var value = new byte[bytes];
        new SeededRandom((seed << 40) | ((ulong)round << 32) | (uint)number).Fill(value);
        return value;
    }
}
