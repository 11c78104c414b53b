using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Aggregation;

/// <summary>Containers that nobody writes are not gone through again, and those that have something are.</summary>
public class SettledContainerTests
{
    private static readonly ContainerId s_other = new(new Guid("22222222-3333-4444-5555-666677778888"));

    [Fact]
    public void Container_ThatNobodyWrites_IsPassedOverUntilItIsWritten()
    {
        var store = new ObjectFixture();
        Create(store, s_other);
        var other = new StoreCalls(store.Shard, s_other);
        store.Put("d", "a", [1]);
        store.Run(() => other.PutAsync(ObjectFixture.Keys("d", "a"), [1]));
        Assert.Equal(0, Round(store));
        Assert.Equal(2, Round(store));

        // Only one of the two has something to look at.
        store.Put("d", "a", [2]);
        Assert.Equal(1, Round(store));
        Assert.Equal(1, store.Shard.Aggregation.FreedRecords);
        Assert.Equal(2, Round(store));
        store.Run(() => other.PutAsync(ObjectFixture.Keys("d", "a"), [2]));
        Assert.Equal(1, Round(store));
        Assert.Equal(2, store.Shard.Aggregation.FreedRecords);
    }

    [Fact]
    public void Container_WithWritesAboveTheBound_IsLookedAtUntilTheBoundHasPassedThem()
    {
        var store = new ObjectFixture();
        ulong first = store.Put("d", "a", [1]).Epoch.Value;
        ulong second = store.Put("d", "a", [2]).Epoch.Value;
        Assert.Equal(0, Round(store, first));
        Assert.Equal(0, Round(store, first));
        Assert.Equal(0, store.Shard.Aggregation.FreedRecords);
        Assert.Equal(0, Round(store, second));
        Assert.Equal(1, store.Shard.Aggregation.FreedRecords);
        Assert.Equal(1, Round(store, second));
    }

    [Fact]
    public void Container_WhoseSnapshotGoes_IsLookedAtAgain()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [1]);
        ulong snapshot = store.Snapshot();
        store.Put("d", "a", [2]);
        Assert.Equal(0, Round(store));
        Assert.Equal(1, Round(store));
        Assert.Equal(DerCode.Success, store.DestroySnapshot(snapshot));
        Assert.Equal(0, Round(store));
        Assert.Equal(1, store.Shard.Aggregation.FreedRecords);
    }

    [Fact]
    public void Container_WhoseSnapshotGoesDuringThePass_IsLookedAtAgain()
    {
        var store = new ObjectFixture();
        ulong[] snapshots = new ulong[40];
        for (int i = 0; i < snapshots.Length; i++)
        {
            store.Put("d", $"a{i}", [1]);
            store.Put("d", "a", [(byte)i]);
            snapshots[i] = store.Snapshot();
        }

        // The pass stands in the middle when windows behind it become one.
        ValueTask<DerCode> pass = default;
        store.On(() => pass = store.Shard.AggregateAsync(new Epoch(store.Shard.Objects.HighestEpoch), new AggregationControl()));
        Task<DerCode> running = pass.AsTask();
        store.World.World.RunFor(700_000);
        Array.ForEach(snapshots[..30], snapshot => Assert.Equal(DerCode.Success, store.DestroySnapshot(snapshot)));
        Assert.False(running.IsCompleted, "the pass was over before the snapshots went");
        Assert.True(store.World.World.RunUntil(() => running.IsCompleted, 60_000_000_000));
        Assert.Equal(0, Round(store));
        Assert.Equal(1, Round(store));
        Assert.Equal(10 + 40, store.Count().Versions);
    }

    [Fact]
    public void Containers_AfterOpening_AreLookedAtOnce_AndThoseThatGoAreForgotten()
    {
        var store = new ObjectFixture(isVolatile: false);
        Create(store, s_other);
        store.Put("d", "a", [1]);
        store.Put("d", "a", [2]);
        store.Crash(CrashKind.Process);
        Assert.Equal(0, Round(store));
        Assert.Equal(1, store.Shard.Aggregation.FreedRecords);
        Assert.Equal(2, Round(store));
        store.Run(() =>
        {
            Assert.Equal(DerCode.Success, store.Shard.DestroyContainer(s_other, out LogPosition position));
            return store.Shard.WaitStableAsync(position);
        });
        Assert.Equal(1, Round(store));
        Assert.Equal(1, store.Shard.Objects.Activity.Containers.Count);

        // One of the same name is another one.
        Create(store, s_other);
        Assert.Equal(1, Round(store));
    }

    private static void Create(ObjectFixture store, ContainerId container) => store.Run(() =>
    {
        Assert.Equal(DerCode.Success, store.Shard.CreateContainer(container, out LogPosition position));
        return store.Shard.WaitStableAsync(position);
    });

    // How many containers a way through all of them passed over.
    private static long Round(ObjectFixture store, ulong through = 0)
    {
        long before = store.Shard.Aggregation.Settled;
        var bound = new Epoch(through == 0 ? store.Shard.Objects.HighestEpoch : through);
        Assert.Equal(DerCode.Success, store.Run(() => store.Shard.AggregateAsync(bound, new AggregationControl { IsTight = true })));
        return store.Shard.Aggregation.Settled - before;
    }
}
