using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Engine.Tests.Snapshots;

/// <summary>Snapshots as clients ask for them: what they show, what they refuse, and that a resend makes no second one.</summary>
public sealed class SnapshotTests
{
    private const long SecondNs = 1_000_000_000;

    private static readonly ObjectId s_oid = ObjectId.Create(1, 2, ObjectType.MultiHashed);

    [Fact]
    public void Snapshot_ShowsWhatWasWrittenBeforeIt_AndNothingLater()
    {
        using var stage = new Stage(targets: 3, change: Aggregating);
        EngineCaller caller = stage.StartFresh();
        Epoch snapshot = default;
        Guid handle = default;
        Guid live = caller.ContainerHandle;
        stage.Run(caller, async () =>
        {
            await PutAllAsync(caller, 1);
            snapshot = (await caller.CreateSnapshotAsync("monday")).Value;
            handle = (await caller.OpenSnapshotAsync(snapshot)).Value;
            await PutAllAsync(caller, 2);
        });
        stage.World.RunFor(5 * SecondNs);
        Assert.All(stage.Engine.Server!.Context.Xstreams.Where(x => x.Target >= 0), x => Assert.True(x.Shards.InOrder()[0].Store.Aggregation.Passes > 0));
        stage.Run(caller, async () =>
        {
            caller.ContainerHandle = handle;
            for (byte key = 0; key < 20; key++)
            {
                Assert.Equal([1], (await caller.GetAsync(s_oid, [key])).Value!);
            }

            caller.ContainerHandle = live;
            Assert.Equal([2], (await caller.GetAsync(s_oid, [1])).Value!);
            Assert.Equal([(snapshot, "monday")], (await caller.ListSnapshotsAsync()).Value);
        });
    }

    [Fact]
    public void HandleOnASnapshot_RefusesEveryChange()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, [1], [1])).Code);
            Epoch snapshot = (await caller.CreateSnapshotAsync()).Value;
            Guid live = caller.ContainerHandle;
            caller.ContainerHandle = (await caller.OpenSnapshotAsync(snapshot)).Value;
            Assert.Equal(DerCode.NoPerm, (await caller.PutAsync(s_oid, [1], [2])).Code);
            Assert.Equal(DerCode.NoPerm, await caller.WriteAsync(s_oid, [2], 0, [1]));
            Assert.Equal(DerCode.NoPerm, await caller.PunchDkeyAsync(s_oid, [1]));
            Assert.Equal(DerCode.NoPerm, await caller.PunchObjectAsync(s_oid));
            Assert.Equal(DerCode.NoPerm, (await caller.CreateSnapshotAsync()).Code);
            Assert.Equal(DerCode.NoPerm, await caller.DestroySnapshotAsync(snapshot));
            Assert.Single((await caller.ListSnapshotsAsync()).Value);
            Assert.Equal([1], (await caller.GetAsync(s_oid, [1])).Value!);
            Assert.Equal(DerCode.Success, await caller.CloseContainerAsync());
            Assert.Equal(DerCode.NoHandle, (await caller.GetAsync(s_oid, [1])).Code);

            // The gate of the shard was left each time: the pool goes.
            caller.ContainerHandle = live;
            Assert.Equal(DerCode.Success, await caller.DestroyPoolAsync("p"));
        });
    }

    [Fact]
    public void Destroyed_IsGone_AndItsHandlesHearWhenItsEpochIsOld()
    {
        using var stage = new Stage(change: Aggregating);
        EngineCaller caller = stage.StartFresh();
        Guid handle = default;
        Guid live = caller.ContainerHandle;
        stage.Run(caller, async () =>
        {
            await PutAllAsync(caller, 1);
            Epoch snapshot = (await caller.CreateSnapshotAsync("a")).Value;
            handle = (await caller.OpenSnapshotAsync(default, "a")).Value;
            await PutAllAsync(caller, 2);
            Assert.Equal(DerCode.Nonexist, await caller.DestroySnapshotAsync(default, "b"));
            Assert.Equal(DerCode.Nonexist, await caller.DestroySnapshotAsync(new Epoch(snapshot.Value + 1)));
            ModificationInfo identity = caller.NextModification();
            Assert.Equal(DerCode.Success, await caller.DestroySnapshotAsync(default, "a", identity));
            Assert.Equal(DerCode.Success, await caller.DestroySnapshotAsync(default, "a", identity));
            Assert.Equal(DerCode.Nonexist, await caller.DestroySnapshotAsync(snapshot));
            Assert.Equal(DerCode.Nonexist, (await caller.OpenSnapshotAsync(snapshot)).Code);
            Assert.Equal(DerCode.Nonexist, (await caller.ListObjectsAsync(0, snapshot)).Code);
            Assert.Empty((await caller.ListSnapshotsAsync()).Value);
        });
        stage.World.RunFor(5 * SecondNs);
        stage.Run(caller, async () =>
        {
            caller.ContainerHandle = handle;
            Assert.Equal(DerCode.EpochOld, (await caller.GetAsync(s_oid, [1])).Code);
            caller.ContainerHandle = live;
            Assert.Equal([2], (await caller.GetAsync(s_oid, [1])).Value!);
        });
    }

    [Fact]
    public void Create_ResentOrNamedTwice_IsMadeOnce()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            ModificationInfo identity = caller.NextModification();
            var id = new Guid("11111111-2222-4333-8444-555555555555");
            Epoch first = (await caller.CreateSnapshotAsync("a", id, identity)).Value;
            Assert.Equal(first, (await caller.CreateSnapshotAsync("a", id, identity)).Value);
            Assert.Equal(DerCode.Exists, (await caller.CreateSnapshotAsync("a")).Code);
            Assert.Equal(DerCode.Exists, (await caller.CreateSnapshotAsync("b", id)).Code);
            Epoch second = (await caller.CreateSnapshotAsync()).Value;
            Assert.Equal([(first, "a"), (second, "")], (await caller.ListSnapshotsAsync()).Value);
            Assert.Equal([(second, "")], (await caller.ListSnapshotsAsync(first)).Value);
            Assert.Equal(DerCode.Success, await caller.DestroySnapshotAsync(first));
            Assert.Equal(DerCode.Nonexist, (await caller.CreateSnapshotAsync("a", id, identity)).Code);
        });
    }

    [Fact]
    public void ObjectTable_OnEveryTarget_TellsWhatExistedThenInTheSameOrder()
    {
        using var stage = new Stage(targets: 2);
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            ObjectId[] before = [.. Enumerable.Range(0, 150).Select(i => ObjectId.Create(7, (ulong)i, ObjectType.MultiHashed))];
            foreach (ObjectId oid in before)
            {
                for (byte key = 0; key < 6; key++)
                {
                    Assert.Equal(DerCode.Success, (await caller.PutAsync(oid, [key], [1])).Code);
                }
            }

            Epoch snapshot = (await caller.CreateSnapshotAsync()).Value;
            Assert.Equal(DerCode.Success, await caller.PunchObjectAsync(before[0]));
            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, [1], [1])).Code);
            var all = new HashSet<ObjectId>();
            for (int target = 0; target < 2; target++)
            {
                List<ObjectEntry> found = (await caller.ListObjectsAsync(target, snapshot, entriesMax: 7)).Value;
                Assert.Equal([.. found.Order()], found);
                Assert.Equal(found.Count, found.Distinct().Count());
                all.UnionWith(found.Select(static e => e.Id));
            }

            Assert.Equal(before.Order(), all.Order());
            caller.ContainerHandle = (await caller.OpenSnapshotAsync(snapshot)).Value;
            Assert.NotEmpty((await caller.ListObjectsAsync(1, default)).Value);
        });
    }

    [Fact]
    public void ContainerThatGoes_TakesItsSnapshotsAlong()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            Assert.True((await caller.CreateSnapshotAsync("a")).IsSuccess);
            Assert.Equal(DerCode.Success, await caller.DestroyContainerAsync("c"));
            Assert.Equal(DerCode.NoHandle, (await caller.ListSnapshotsAsync()).Code);
            Assert.Equal(DerCode.Success, await caller.CreateContainerAsync("c"));
            Assert.Equal(DerCode.Success, await caller.OpenContainerAsync("c"));
            Assert.Empty((await caller.ListSnapshotsAsync()).Value);
            Assert.True((await caller.CreateSnapshotAsync("a")).IsSuccess);
            Assert.Equal(DerCode.Success, await caller.DestroyPoolAsync("p"));
        });
        Assert.Empty(stage.Engine.Server!.Context.Directory.Snapshots.All);
        stage.Restart(null);
        Assert.Empty(stage.Engine.Server!.Context.Directory.Snapshots.All);
    }

    [Fact]
    public void Handles_OnSnapshots_SurviveARestart()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            await PutAllAsync(caller, 1);
            Epoch snapshot = (await caller.CreateSnapshotAsync("a")).Value;
            caller.ContainerHandle = (await caller.OpenSnapshotAsync(snapshot)).Value;
        });
        stage.Restart(CrashKind.Power);
        stage.Run(caller, async () =>
        {
            Assert.Equal([1], (await caller.GetAsync(s_oid, [3])).Value!);
            Assert.Equal(DerCode.NoPerm, (await caller.PutAsync(s_oid, [3], [2])).Code);
            Assert.Equal("a", Assert.Single((await caller.ListSnapshotsAsync()).Value).Label);
        });
    }

    [Fact]
    public void Create_OneTargetCannot_LeavesNoneAnywhere()
    {
        using var stage = new Stage(targets: 3);
        EngineCaller caller = stage.StartFresh();
        EngineXstream target = stage.Engine.Server!.Context.TargetXstream(1);
        PoolId pool = stage.Engine.Server.Context.Directory.Pools[0].Id;
        Engine.Targets.PoolShard? shard = null;
        stage.World.On(target.Xstream, () => Assert.True(target.Shards.Remove(pool, out shard)));
        stage.Run(caller, async () => Assert.Equal(DerCode.Nonexist, (await caller.CreateSnapshotAsync("a")).Code));
        stage.World.On(target.Xstream, () => target.Shards.Add(shard!));
        Assert.Empty(SnapshotOracle.StoredEverywhere(stage));
        stage.Run(caller, async () => Assert.True((await caller.CreateSnapshotAsync("a")).IsSuccess));
        Assert.Single(SnapshotOracle.StoredEverywhere(stage));
    }

    private static EngineOptions Aggregating(EngineOptions options) => options with { AggregationAgeMs = 0, AggregationIntervalMs = 500 };

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private static async ValueTask PutAllAsync(EngineCaller caller, byte value)
    {
        for (byte key = 0; key < 20; key++)
        {
            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, [key], [value])).Code);
        }
    }
}
