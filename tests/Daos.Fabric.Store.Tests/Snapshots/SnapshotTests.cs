using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Checking;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Snapshots;

public class SnapshotTests
{
    [Fact]
    public void Snapshot_KeepsItsViewWhileEverythingAroundItIsAggregated()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [1]);
        store.Write("d", "array", 1, (0, 4, [1, 2, 3, 4]));
        ulong first = store.Snapshot();
        ulong between = store.Put("d", "a", [2]).Epoch.Value;
        store.Write("d", "array", 1, (2, 4, [9, 9, 9, 9]));
        store.Punch("d", "a", PunchScope.Akeys);
        ulong second = store.Snapshot();
        store.Punch("", "", PunchScope.Object);
        store.Put("d", "a", [3]);
        Assert.Equal(DerCode.Success, store.Aggregate());

        Assert.Equal([1], store.Get("d", "a", first).Value!);
        Assert.Equal([1, 2, 3, 4], store.Read("d", "array", 0, 4, first).Bytes!);
        Assert.Null(store.Get("d", "a", second).Value);
        Assert.Equal([1, 2, 9, 9, 9, 9], store.Read("d", "array", 0, 6, second).Bytes!);
        Assert.Equal([3], store.Get("d", "a").Value!);
        Assert.Null(store.Read("d", "array", 0, 6).Bytes);
        Assert.Equal(DerCode.EpochOld, store.Get("d", "a", between).Code);
        Assert.Equal(DerCode.EpochOld, store.Get("d", "a", first + 1).Code);
    }

    [Fact]
    public void Snapshots_AreListedInOrder_AndRefusedWhenTheyMakeNoSense()
    {
        var store = new ObjectFixture();
        ulong early = store.Put("d", "a", [1]).Epoch.Value;
        store.Put("d", "a", [2]);
        ulong first = store.Snapshot();
        ulong second = store.Snapshot();
        Assert.Equal((DerCode.Exists, first), store.CreateSnapshot(first));
        Assert.Equal([first, second], store.Snapshots());
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Equal(DerCode.EpochOld, store.CreateSnapshot(early).Code);
        Assert.Equal(DerCode.Nonexist, store.DestroySnapshot(early));
        Assert.Equal(DerCode.Success, store.DestroySnapshot(first));
        Assert.Equal([second], store.Snapshots());
        var other = new ContainerId(new Guid("99990000-0000-0000-0000-000000000001"));
        store.On(() =>
        {
            Assert.Equal(DerCode.ContNonexist, store.Shard.CreateSnapshot(other, Epoch.None, out _, out _));
            Assert.Equal(DerCode.ContNonexist, store.Shard.DestroySnapshot(other, new Epoch(1), out _));
            Assert.Equal(DerCode.ContNonexist, store.Shard.ListSnapshots(other, Epoch.None, new Epoch[1], out _));
        });
    }

    [Fact]
    public void Snapshots_OneTooMany_IsRefused()
    {
        var store = new ObjectFixture();
        for (int i = 0; i < ObjectLimits.SnapshotsMax; i++)
        {
            store.Snapshot();
        }

        Assert.Equal(DerCode.Overflow, store.CreateSnapshot().Code);
        Assert.Equal(ObjectLimits.SnapshotsMax, store.Snapshots().Length);
    }

    [Fact]
    public void Snapshot_Destroyed_GivesBackWhatItAloneShowed()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", new byte[100]);
        store.Put("gone", "a", new byte[100]);
        ulong snapshot = store.Snapshot();
        store.Put("d", "a", new byte[50]);
        store.Punch("gone", "", PunchScope.Dkey);
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Equal(2, store.Count().Dkeys);
        Assert.Equal(3, store.Count().Versions);
        Assert.Equal(DerCode.Success, store.DestroySnapshot(snapshot));
        Assert.Equal(DerCode.EpochOld, store.Get("d", "a", snapshot).Code);
        store.On(() => Assert.True(store.Shard.NeedsAggregation(new Epoch(1))));
        Assert.Equal(DerCode.Success, store.Aggregate());
        Census census = store.Count();
        Assert.Equal((1, 1, 0L), (census.Dkeys, census.Versions, census.OlderEvents));
    }

    [Fact]
    public void Snapshot_LateWritesBelowIt_ComeAgain()
    {
        var store = new ObjectFixture();
        ulong early = store.Put("d", "a", [1]).Epoch.Value;
        ulong snapshot = store.Snapshot();
        Assert.Equal(DerCode.TxRestart, store.Put("e", "a", [2], early + 1).Code);
        Assert.Equal(DerCode.TxRestart, store.Put("e", "a", [2], snapshot).Code);
        Assert.Equal(DerCode.TxRestart, store.Punch("d", "a", PunchScope.Akeys, snapshot).Code);
        Assert.Equal(DerCode.Success, store.Put("e", "a", [2]).Code);
    }

    [Theory]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void Snapshots_SurviveCrashes(CrashKind kind)
    {
        var store = new ObjectFixture(isVolatile: false);
        store.Put("d", "a", [1]);
        ulong kept = store.Snapshot();
        ulong destroyed = store.Snapshot();
        Assert.Equal(DerCode.HlcSync, store.CreateSnapshot(ulong.MaxValue).Code);
        store.Put("d", "a", [2]);
        store.DestroySnapshot(destroyed);
        Assert.Equal(DerCode.Success, store.Aggregate());
        store.Crash(kind);
        Assert.Equal([kept], store.Snapshots());
        Assert.Equal([1], store.Get("d", "a", kept).Value!);
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Equal([1], store.Get("d", "a", kept).Value!);
        store.World.Run(() => store.Shard.CloseAsync());
        Inspector.AssertSound(store.World, "after snapshots");
    }

    [Fact]
    public void ObjectTable_AtASnapshot_ListsWhatExistedThen()
    {
        var store = new ObjectFixture();
        for (ulong i = 0; i < 200; i++)
        {
            CallKeys keys = CallKeys.Of("d", "a") with { Object = ObjectId.Create(0, i, ObjectType.MultiHashed) };
            store.Run(() => store.Calls.PutAsync(keys, [1]));
            if (i % 3 == 0)
            {
                store.Run(() => store.Calls.PunchAsync(keys, PunchScope.Object));
            }
        }

        ulong snapshot = store.Snapshot();
        ObjectId late = ObjectId.Create(0, 1000, ObjectType.MultiHashed);
        store.Run(() => store.Calls.PutAsync(CallKeys.Of("d", "a") with { Object = late }, [1]));
        store.Run(() => store.Calls.PunchAsync(CallKeys.Of("d", "a") with { Object = ObjectId.Create(0, 1, ObjectType.MultiHashed) }, PunchScope.Object));
        ulong[] expected = [.. Enumerable.Range(0, 200).Where(i => i % 3 != 0).Select(i => (ulong)i)];
        Assert.Equal(expected, Table(store, snapshot));
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Equal(expected, Table(store, snapshot));
        store.On(() => Assert.Equal(
            DerCode.Nonexist,
            store.Shard.ListSnapshotObjects(ObjectFixture.Container, new Epoch(snapshot + 1), default, new ObjectId[1], out _, out _)));
        store.On(() => Assert.Equal(
            DerCode.Invalid,
            store.Shard.ListSnapshotObjects(ObjectFixture.Container, new Epoch(snapshot), default, [], out _, out _)));
    }

    [Fact]
    public void DestroyedContainer_GivesItsSnapshotsBackToo()
    {
        var store = new ObjectFixture();
        var other = new ContainerId(new Guid("99990000-0000-0000-0000-000000000001"));
        store.On(() => Assert.Equal(DerCode.Success, store.Shard.CreateContainer(other, out _)));
        store.On(() => Assert.Equal(DerCode.Success, store.Shard.DestroyContainer(other, out _)));
        store.ReclaimAll();
        ulong arena = store.Shard.Arena.LiveBytes;
        store.On(() => Assert.Equal(DerCode.Success, store.Shard.CreateContainer(other, out _)));
        for (int i = 0; i < 100; i++)
        {
            store.On(() => Assert.Equal(DerCode.Success, store.Shard.CreateSnapshot(other, Epoch.None, out _, out _)));
        }

        store.On(() => Assert.Equal(DerCode.Success, store.Shard.DestroyContainer(other, out _)));
        store.ReclaimAll();
        Assert.Equal(arena, store.Shard.Arena.LiveBytes);
    }

    private static ulong[] Table(ObjectFixture store, ulong snapshot)
    {
        var ids = new List<ulong>();
        var page = new ObjectId[7];
        ListAnchor anchor = default;
        while (!anchor.IsEnd)
        {
            store.On(() =>
            {
                Assert.Equal(
                    DerCode.Success,
                    store.Shard.ListSnapshotObjects(ObjectFixture.Container, new Epoch(snapshot), in anchor, page, out anchor, out ListResult result));
                ids.AddRange(page.Take(result.Count).Select(id => id.Low));
            });
        }

        return [.. ids.Order()];
    }
}
