using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Tests.Transactions.Tables;

/// <summary>What aborts and discards take out of incarnation logs, and what stays (vts_ilog.c, VOS500).</summary>
public class IncarnationAbortTests
{
    private static readonly byte[] s_value = [1, 2, 3];

    /// <summary>VOS500: events of several transactions in one log go one by one, newest, oldest or between, and nothing is left of the last.</summary>
    [Fact]
    public void Abort_InAnyOrder_LeavesTheOthersEvents()
    {
        int[][] orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        foreach (int[] order in orders)
        {
            var store = new ObjectFixture();
            ulong empty = store.LiveBytes;
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(i), TransactionStep.Put("d", "a", [(byte)i])).Code);
            }

            store.MarkCommittable(ObjectFixture.Id(order[2]));
            store.Abort(ObjectFixture.Id(order[0]));
            Assert.Equal([(byte)order[2]], store.Get("d", "a").Value!);
            store.Abort(ObjectFixture.Id(order[1]));
            Assert.Equal([(byte)order[2]], store.Get("d", "a").Value!);
            store.On(() => store.Shard.DiscardTransactions(ObjectFixture.Container, Epoch.None, Epoch.Max, out _, out _));
            Assert.Null(store.Get("d", "a").Value);
            Assert.Equal(empty, store.LiveBytes);
        }
    }

    /// <summary>VOS500: an undecided punch between creations: each outcome shows what it should, at every epoch.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Punch_BetweenCreations_DecidedLate_ShowsAtItsEpochOnly(bool commits)
    {
        var store = new ObjectFixture();
        Epoch first = store.Put("d", "a", s_value).Epoch;
        Epoch punch = store.Prepare(ObjectFixture.Id(1), TransactionStep.Punch("d", "a", PunchScope.Dkey)).Epoch;
        Epoch second = store.Put("d", "b", s_value).Epoch;
        if (commits)
        {
            store.Commit(ObjectFixture.Id(1));
        }
        else
        {
            store.Abort(ObjectFixture.Id(1));
        }

        Assert.Equal(s_value, store.Get("d", "a", first.Value).Value);
        Assert.Equal(!commits, store.Get("d", "a", punch.Value).Value is not null);
        Assert.Equal(!commits, store.Get("d", "a", second.Value).Value is not null);
        Assert.Equal(s_value, store.Get("d", "b", second.Value).Value);
        Assert.Null(store.Get("d", "b", punch.Value).Value);
    }

    /// <summary>Two transactions make the same new key: whoever is aborted takes only its own part along.</summary>
    [Fact]
    public void Abort_OfWhoMadeAKey_LeavesItToTheOther()
    {
        var store = new ObjectFixture();
        ulong empty = store.LiveBytes;
        store.Prepare(ObjectFixture.Id(1), TransactionStep.Write("d", "a", 0, [1, 1, 1]));
        store.Prepare(ObjectFixture.Id(2), TransactionStep.Write("d", "a", 1, [2]));
        Assert.Equal(DerCode.InProgress, store.Prepare(ObjectFixture.Id(3), TransactionStep.Put("d", "a", [3])).Code);
        store.Abort(ObjectFixture.Id(1));
        store.Commit(ObjectFixture.Id(2));
        (_, byte[]? bytes, bool[] map) = store.Run(() => store.Calls.ReadAsync(ObjectFixture.Keys("d", "a"), 0, 3));
        Assert.Equal((byte[])[0, 2, 0], bytes!);
        Assert.Equal([false, true, false], map);
        Assert.True(store.LiveBytes > empty);
        store.Prepare(ObjectFixture.Id(4), new TransactionStep(CallKeys.Of("d", "a")) { Ranges = [(0, 3, null)] });
        store.Commit(ObjectFixture.Id(4));
        (_, _, map) = store.Run(() => store.Calls.ReadAsync(ObjectFixture.Keys("d", "a"), 0, 3));
        Assert.Equal([false, false, false], map);
    }

    /// <summary>A hole is a question about what is there: it waits for who has not decided.</summary>
    [Fact]
    public void Hole_OverAnUndecidedArray_Waits()
    {
        var store = new ObjectFixture();
        store.Prepare(ObjectFixture.Id(1), TransactionStep.Write("d", "a", 0, [1, 1, 1]));
        Assert.Equal(DerCode.InProgress, store.Run(() => store.Calls.WriteAsync(ObjectFixture.Keys("d", "a"), 1, (0, 3, null))).Code);
        store.Commit(ObjectFixture.Id(1));
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(ObjectFixture.Keys("d", "a"), 1, (0, 3, null))).Code);
        (_, _, bool[] map) = store.Run(() => store.Calls.ReadAsync(ObjectFixture.Keys("d", "a"), 0, 3));
        Assert.Equal([false, false, false], map);
    }

    /// <summary>Data extents of aborted values come back.</summary>
    [Fact]
    public void Abort_OfLargeValues_FreesTheirData()
    {
        var store = new ObjectFixture();
        long free = store.Shard.Space.DataFreeBytes;
        store.Prepare(
            ObjectFixture.Id(1), TransactionStep.Put("d", "a", new byte[100_000]), TransactionStep.Write("d", "b", 5, new byte[50_000]));
        Assert.True(store.Shard.Space.DataFreeBytes < free);
        store.Abort(ObjectFixture.Id(1));
        Assert.Equal(free, store.Shard.Space.DataFreeBytes);
    }
}
