using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Aggregation;

/// <summary>Scenarios of DAOS's aggregation of single values, keys and objects (VOS401 to 404, 415, 422, 436).</summary>
public class SingleValueAggregationTests
{
    [Fact]
    public void Aggregate_UpToAnEpochInTheMiddle_KeepsTheNewestThereAndAllAbove()
    {
        var store = new ObjectFixture();
        ulong[] epochs = [.. Enumerable.Range(0, 10).Select(i => store.Put("d", "a", [(byte)i]).Epoch.Value)];
        Assert.Equal(DerCode.Success, store.Aggregate(epochs[6]));
        Assert.Equal(4, store.Count().Versions);
        Assert.Equal(DerCode.EpochOld, store.Get("d", "a", epochs[5]).Code);
        Assert.Equal(DerCode.EpochOld, store.Put("d", "a", [99], epochs[6]).Code);
        for (int i = 6; i < 10; i++)
        {
            Assert.Equal([(byte)i], store.Get("d", "a", epochs[i]).Value!);
        }
    }

    [Fact]
    public void Aggregate_UpdatesAndPunches_LeaveWhatIsVisible()
    {
        var store = new ObjectFixture();
        for (int i = 0; i < 5; i++)
        {
            store.Put("ends punched", "a", [1]);
            store.Put("ends punched", "a", [2]);
            store.Punch("ends punched", "a", PunchScope.Akeys);
            store.Punch("ends alive", "a", PunchScope.Akeys);
            store.Put("ends alive", "a", [3]);
            store.Put("ends alive", "b", [4]);
            store.Punch("ends alive", "b", PunchScope.Akeys);
        }

        Assert.Equal(DerCode.Success, store.Aggregate());
        Census census = store.Count();
        Assert.Equal((1, 1, 1, 0L), (census.Dkeys, census.Akeys, census.Versions, census.OlderEvents));
        Assert.Equal([3], store.Get("ends alive", "a").Value!);
        Assert.Null(store.Get("ends punched", "a").Value);
    }

    [Fact]
    public void Aggregate_ManyPunchesOfObjectsAndKeys_LeaveNoLogsBehind()
    {
        var store = new ObjectFixture();
        ulong arena = store.Shard.Arena.LiveBytes;
        for (int i = 0; i < 200; i++)
        {
            store.Put($"d{i % 10}", $"a{i % 3}", new byte[20]);
            store.Put($"d{i % 7}", "large", new byte[9000]);
            store.Punch($"d{i % 10}", $"a{i % 3}", PunchScope.Akeys);
            store.Punch($"d{i % 5}", "", PunchScope.Dkey);
            store.Punch("", "", PunchScope.Object);
        }

        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Equal(0, store.Count().Objects);
        Assert.Equal(arena, store.Shard.Arena.LiveBytes);
    }

    [Fact]
    public void Aggregate_BetweenSnapshots_KeepsOnePerWindow()
    {
        var store = new ObjectFixture();
        var expected = new List<(ulong Epoch, byte[] Value)>();
        for (int window = 0; window < 6; window++)
        {
            for (int i = 0; i < 8; i++)
            {
                store.Put("d", "a", [(byte)window, (byte)i]);
                store.Put("d", "b", [(byte)i]);
                store.Punch("d", "b", PunchScope.Akeys);
            }

            expected.Add((store.Snapshot(), [(byte)window, 7]));
        }

        Assert.Equal(DerCode.Success, store.Aggregate(isTight: true));
        Assert.Equal(6, store.Count().Versions);
        Assert.All(expected, view => Assert.Equal(view.Value, store.Get("d", "a", view.Epoch).Value!));

        // One window becomes two halves of one when the snapshot between them goes.
        Assert.Equal(DerCode.Success, store.DestroySnapshot(expected[2].Epoch));
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Equal(5, store.Count().Versions);
        Assert.All(expected.Where((_, i) => i != 2), view => Assert.Equal(view.Value, store.Get("d", "a", view.Epoch).Value!));
    }

    [Fact]
    public void Aggregate_APunchThatHidesWhatASnapshotShows_Stays()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [1]);
        store.Put("e", "a", [1]);
        ulong snapshot = store.Snapshot();
        store.Punch("", "", PunchScope.Object);
        store.Put("d", "b", [2]);
        store.Punch("d", "", PunchScope.Dkey);
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Null(store.Get("d", "a").Value);
        Assert.Null(store.Get("e", "a").Value);
        Assert.Null(store.Get("d", "b").Value);
        Assert.Equal([1], store.Get("e", "a", snapshot).Value!);
        Assert.Equal(2, store.Count().Akeys);
        Assert.Equal(DerCode.Success, store.Put("d", "c", [3]).Code);
        Assert.Equal([3], store.Get("d", "c").Value!);
        Assert.Null(store.Get("d", "a").Value);
    }

    [Fact]
    public void Aggregate_ConditionsBeforeAndAfter_SayTheSame()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [1]);
        store.Punch("d", "a", PunchScope.Akeys);
        store.Put("e", "a", [1]);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(DerCode.Nonexist, store.Get("d", "a", conditions: UpdateConditions.DkeyFetch).Code);
            Assert.Equal(DerCode.Nonexist, store.Get("e", "b", conditions: UpdateConditions.AkeyFetch).Code);
            Assert.Equal(DerCode.Success, store.Get("e", "a", conditions: UpdateConditions.AkeyFetch).Code);
            Assert.Equal(DerCode.Success, store.Aggregate());
        }
    }

    [Fact]
    public void Aggregate_InSlices_LetsOthersInBetween_AndCanBeCancelledAndGoOn()
    {
        var store = new ObjectFixture();
        for (int i = 0; i < 2000; i++)
        {
            store.Put($"d{i % 500}", "a", [(byte)(i / 500)]);
        }

        // Clients are busy all the time: it makes way for them.
        long count = 0;
        var control = new AggregationControl { ForegroundCount = () => ++count };
        long start = store.World.Loop.NowNs;
        bool isDone = false;
        store.World.Start(async () =>
        {
            Assert.Equal(DerCode.Canceled, await store.Shard.AggregateAsync(Core.Identities.Epoch.Max, control));
            isDone = true;
        });
        store.World.World.RunFor(20_000_000);
        Assert.False(isDone);
        long freed = store.Shard.Aggregation.FreedRecords;
        Assert.InRange(freed, 1, 40 * AggregationLimits.SlackFrees);
        store.On(() => Assert.True(store.Shard.Objects.Aggregator.IsRunning));
        Assert.Equal(DerCode.Busy, store.Aggregate());
        Assert.Equal([3], store.Get("d0", "a").Value!);
        control.Cancel();
        store.World.World.RunUntil(() => isDone);
        store.On(() => Assert.True(store.Shard.NeedsAggregation(Core.Identities.Epoch.Max)));
        Assert.Equal(DerCode.Success, store.Aggregate(isTight: true));
        Assert.Equal(500, store.Count().Versions);
        store.On(() => Assert.False(store.Shard.NeedsAggregation(Core.Identities.Epoch.Max)));
        Assert.True(store.World.Loop.NowNs > start);
    }

    [Fact]
    public void Aggregate_WithNothingToTakeAway_WritesNothing()
    {
        var store = new ObjectFixture(isVolatile: false);
        for (int i = 0; i < 300; i++)
        {
            store.Put($"d{i}", "a", [1]);
        }

        Assert.Equal(DerCode.Success, store.Aggregate());
        long transactions = store.Shard.Statistics.Transactions;
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.InRange(store.Shard.Statistics.Transactions - transactions, 0, 2);
    }

    [Fact]
    public void Aggregate_AContainerDestroyedMeanwhile_Ends()
    {
        var store = new ObjectFixture();
        for (int i = 0; i < 500; i++)
        {
            store.Put($"d{i}", "a", [1]);
        }

        DerCode? outcome = null;
        store.World.Start(async () => outcome = await store.Shard.AggregateAsync(ObjectFixture.Container, Core.Identities.Epoch.Max, new AggregationControl()));
        store.World.World.RunFor(3_000_000);
        store.On(() => Assert.Equal(DerCode.Success, store.Shard.DestroyContainer(ObjectFixture.Container, out _)));
        store.World.World.RunUntil(() => outcome is not null);
        Assert.Equal(DerCode.Success, outcome);
        Assert.Equal(DerCode.ContNonexist, store.Run(() => store.Shard.AggregateAsync(ObjectFixture.Container, Core.Identities.Epoch.Max, new AggregationControl())));
    }

    [Fact]
    public void Close_DuringAggregation_WaitsForItsEnd()
    {
        var store = new ObjectFixture(isVolatile: false);
        for (int i = 0; i < 500; i++)
        {
            store.Put($"d{i % 50}", "a", [1]);
        }

        DerCode? outcome = null;
        store.World.Start(async () => outcome = await store.Shard.AggregateAsync(Core.Identities.Epoch.Max, new AggregationControl()));
        store.World.World.RunFor(1_000_000);
        store.World.Run(() => store.Shard.CloseAsync());
        Assert.Equal(DerCode.Shutdown, outcome);
    }
}
