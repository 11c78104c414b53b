using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Snapshots;

/// <summary>What several shards do before they make one snapshot: hold aggregation, refuse late writes, wait for what is undecided below it.</summary>
public class SnapshotFenceTests
{
    private static readonly ContainerId s_other = new(new Guid("22222222-3333-4444-5555-666677778888"));

    [Fact]
    public void Settle_WithAnUndecidedTransactionBelow_WaitsForItsEnd()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [1]);
        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(1), TransactionStep.Put("d", "a", [2])).Code);
        Epoch epoch = Raise(store);
        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(2), TransactionStep.Put("d", "b", [5])).Code);
        Task<DerCode> settled = Settle(store, ObjectFixture.Container, epoch);
        store.World.World.RunFor(20_000_000);
        Assert.False(settled.IsCompleted);
        Assert.Equal(DerCode.TxRestart, store.Put("e", "a", [9], epoch.Value).Code);

        // The other container has nothing undecided, and what is above the epoch is not waited for.
        Create(store, s_other);
        Assert.Equal(DerCode.Success, End(store, Settle(store, s_other, epoch)));
        Assert.Equal(1, store.Commit(ObjectFixture.Id(1)));
        Assert.Equal(DerCode.Success, End(store, settled));
        Assert.Equal(DerCode.Success, store.CreateSnapshot(epoch.Value).Code);
        Assert.Equal(1, store.Commit(ObjectFixture.Id(2)));
        store.Put("d", "a", [3]);
        Assert.Equal([2], store.Get("d", "a", epoch.Value).Value!);
        Assert.Equal([3], store.Get("d", "a").Value!);
    }

    [Fact]
    public void Settle_NobodyDecides_AsksToComeAgain()
    {
        var store = new ObjectFixture();
        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(1), TransactionStep.Put("d", "a", [2])).Code);
        Epoch epoch = Raise(store);
        Assert.Equal(DerCode.InProgress, End(store, Settle(store, ObjectFixture.Container, epoch)));
        Assert.Equal(DerCode.Success, store.Abort(ObjectFixture.Id(1)));
        Assert.Equal(DerCode.Success, End(store, Settle(store, ObjectFixture.Container, epoch)));
    }

    [Fact]
    public void Hold_KeepsTheViewOfAnEpochThatIsMintedAfterwards()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [1]);
        store.On(store.Shard.HoldAggregation);
        Epoch epoch = Raise(store);
        store.Put("d", "a", [2]);
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.True(store.AggregatedEpoch() < epoch.Value);
        Assert.Equal([1], store.Get("d", "a", epoch.Value).Value!);
        Assert.Equal(DerCode.Success, store.CreateSnapshot(epoch.Value).Code);
        store.On(store.Shard.ReleaseAggregation);
        store.Put("d", "a", [3]);
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.True(store.AggregatedEpoch() > epoch.Value);
        Assert.Equal([1], store.Get("d", "a", epoch.Value).Value!);
    }

    [Fact]
    public void Raise_BelowTheAggregatedEpochOrWithoutContainer_IsRefused()
    {
        var store = new ObjectFixture();
        ulong old = store.Put("d", "a", [1]).Epoch.Value;
        store.Put("d", "a", [2]);
        Assert.Equal(DerCode.Success, store.Aggregate());
        store.On(() =>
        {
            Assert.Equal(DerCode.EpochOld, store.Shard.RaiseReadTimestamp(ObjectFixture.Container, new Epoch(old)));
            Assert.Equal(DerCode.ContNonexist, store.Shard.RaiseReadTimestamp(s_other, new Epoch(old)));
        });
    }

    private static Epoch Raise(ObjectFixture store)
    {
        Epoch epoch = default;
        store.On(() =>
        {
            Assert.Equal(DerCode.Success, store.Shard.TryMintEpoch(out epoch));
            Assert.Equal(DerCode.Success, store.Shard.RaiseReadTimestamp(ObjectFixture.Container, epoch));
        });
        return epoch;
    }

    private static void Create(ObjectFixture store, ContainerId container) => store.Run(() =>
    {
        Assert.Equal(DerCode.Success, store.Shard.CreateContainer(container, out LogPosition position));
        return store.Shard.WaitStableAsync(position);
    });

    private static Task<DerCode> Settle(ObjectFixture store, ContainerId container, Epoch epoch)
    {
        Task<DerCode>? settled = null;
        store.On(() => settled = store.Shard.WaitSettledAsync(container, epoch).AsTask());
        return settled!;
    }

    private static DerCode End(ObjectFixture store, Task<DerCode> settled)
    {
        Assert.True(store.World.World.RunUntil(() => settled.IsCompleted, 60_000_000_000));
        return settled.Result;
    }
}
