using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Tests.Transactions.Tables;

/// <summary>DAOS's scenarios of transactions on one target (vts_dtx.c VOS506 to 518, vts_pm.c VOS862 to 867).</summary>
public class TransactionScenarioTests
{
    private static readonly byte[] s_first = [1, 2, 3];
    private static readonly byte[] s_second = [4, 5, 6];

    /// <summary>VOS506 to 509: what a transaction did shows with its commit; single value or array, update, then punch of key or object.</summary>
    [Theory]
    [InlineData(false, PunchScope.Akeys)]
    [InlineData(true, PunchScope.Akeys)]
    [InlineData(false, PunchScope.Object)]
    [InlineData(true, PunchScope.Object)]
    public void Commit_OfUpdateAndPunch_MakesThemVisible(bool isArray, PunchScope scope)
    {
        var store = new ObjectFixture();
        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(1), Step(isArray, s_first)).Code);
        Assert.Null(Read(store, isArray));
        Assert.Equal(1, store.Commit(ObjectFixture.Id(1)));
        Assert.Equal(s_first, Read(store, isArray));

        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(2), TransactionStep.Punch("d", "a", scope)).Code);
        Assert.Equal(s_first, Read(store, isArray));
        Assert.Equal(1, store.Commit(ObjectFixture.Id(2)));
        Assert.Null(Read(store, isArray));
    }

    /// <summary>VOS510 to 513: an aborted transaction leaves what was there before.</summary>
    [Theory]
    [InlineData(false, PunchScope.Akeys)]
    [InlineData(true, PunchScope.Akeys)]
    [InlineData(false, PunchScope.Object)]
    [InlineData(true, PunchScope.Object)]
    public void Abort_OfUpdateAndPunch_LeavesWhatWas(bool isArray, PunchScope scope)
    {
        var store = new ObjectFixture();
        store.Prepare(ObjectFixture.Id(1), Step(isArray, s_first));
        store.Commit(ObjectFixture.Id(1));
        ulong before = store.LiveBytes;
        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(2), Step(isArray, s_second)).Code);
        Assert.True(store.LiveBytes > before, "a prepared transaction is in the trees");
        Assert.Equal(DerCode.Success, store.Abort(ObjectFixture.Id(2)));
        Assert.Equal(s_first, Read(store, isArray));
        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(3), TransactionStep.Punch("d", "a", scope)).Code);
        Assert.Equal(DerCode.Success, store.Abort(ObjectFixture.Id(3)));
        Assert.Equal(s_first, Read(store, isArray));
        Assert.Empty(store.OpenTransactions());
    }

    /// <summary>VOS514: a second commit changes nothing, and what is committed cannot be aborted.</summary>
    [Fact]
    public void CommittedTransaction_CommittedOrAbortedAgain_StaysAsItIs()
    {
        var store = new ObjectFixture();
        store.Prepare(ObjectFixture.Id(1), Step(false, s_first));
        Assert.Equal(1, store.Commit(ObjectFixture.Id(1)));
        Assert.Equal(0, store.Commit(ObjectFixture.Id(1), ObjectFixture.Id(1)));
        Assert.Equal(DerCode.NoPerm, store.Abort(ObjectFixture.Id(1)));
        Assert.Equal((DerCode.Success, TransactionState.Committed), store.Check(ObjectFixture.Id(1)));
        Assert.Equal(s_first, Read(store, isArray: false));
    }

    /// <summary>VOS515: a second abort is harmless, and what is aborted cannot be committed.</summary>
    [Fact]
    public void AbortedTransaction_AbortedOrCommittedAgain_StaysAsItIs()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", s_first);
        store.Prepare(ObjectFixture.Id(1), Step(false, s_second));
        Assert.Equal(DerCode.Success, store.Abort(ObjectFixture.Id(1)));
        Assert.Equal(DerCode.Nonexist, store.Abort(ObjectFixture.Id(1)));
        Assert.Equal(0, store.Commit(ObjectFixture.Id(1)));
        Assert.Equal((DerCode.Success, TransactionState.Aborted), store.Check(ObjectFixture.Id(1)));
        Assert.Equal(s_first, Read(store, isArray: false));
    }

    /// <summary>VOS516: elsewhere than at the leader readers wait; what is committable shows before it is committed.</summary>
    [Fact]
    public void PreparedTransaction_ReadElsewhereOrCommittable_WaitsOrShows()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", s_first);
        Assert.Equal(DerCode.Success, store.PrepareAs(ObjectFixture.Id(1), TransactionFlags.None, 0, Step(false, s_second)).Code);
        Assert.Equal(DerCode.InProgress, store.Get("d", "a").Code);
        Assert.Equal([ObjectFixture.Id(1)], store.Blocking());
        Assert.Equal(DerCode.Success, store.SetFlags(ObjectFixture.Id(1), TransactionFlags.Leader));
        Assert.Equal(s_first, store.Get("d", "a").Value);
        Assert.Equal(DerCode.Success, store.SetFlags(ObjectFixture.Id(1), TransactionFlags.Leader | TransactionFlags.Block));
        Assert.Equal(DerCode.InProgress, store.Get("d", "a").Code);
        Assert.Equal(DerCode.Success, store.MarkCommittable(ObjectFixture.Id(1)));
        Assert.Equal((DerCode.Success, TransactionState.Committable), store.Check(ObjectFixture.Id(1)));
        Assert.Equal(s_second, store.Get("d", "a").Value);
        Assert.Equal(DerCode.NoPerm, store.Abort(ObjectFixture.Id(1)));
        Assert.Equal(1, store.Commit(ObjectFixture.Id(1)));
        Assert.Equal(s_second, store.Get("d", "a").Value);
    }

    /// <summary>VOS517: listings and iterations give the keys of committed transactions only.</summary>
    [Fact]
    public void Listings_WithPreparedKeys_GiveCommittedOnes()
    {
        var store = new ObjectFixture();
        TransactionId[] ids = [.. Enumerable.Range(0, 10).Select(ObjectFixture.Id)];
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(DerCode.Success, store.Prepare(ids[i], TransactionStep.Put($"d{i}", "a", s_first)).Code);
        }

        Assert.Equal(4, store.Commit(ids[..4]));
        Assert.Equal((4, 4), CountKeys(store));
        Assert.Equal(6, store.Commit(ids[4..]));
        Assert.Equal((10, 10), CountKeys(store));
    }

    /// <summary>VOS518: the table of committed transactions is aggregated by age, and then they are unknown, but not new.</summary>
    [Fact]
    public void Forget_CommittedTransactions_AnswersThemAsTooOld()
    {
        var store = new ObjectFixture();
        TransactionId[] ids = [.. Enumerable.Range(0, 10).Select(ObjectFixture.Id)];
        foreach (TransactionId id in ids)
        {
            store.Prepare(id, TransactionStep.Put("d", "a", s_first));
        }

        Assert.Equal(10, store.Commit(ids));
        Assert.All(ids, id => Assert.Equal((DerCode.Success, TransactionState.Committed), store.Check(id)));
        store.On(() =>
        {
            Assert.Equal(DerCode.Success, store.Shard.ForgetTransactions(ObjectFixture.Container, 100, Epoch.Max, out bool more));
            Assert.False(more);
        });
        Assert.All(ids, id => Assert.Equal(DerCode.EpochOld, store.Check(id).Code));
        Assert.Equal(DerCode.EpochOld, store.Prepare(ids[3], Step(false, s_second)).Code);
        Assert.Equal(DerCode.Nonexist, store.Check(ObjectFixture.Id(99)).Code);
        Assert.Empty(store.CommittedTransactions());
        Assert.Equal(s_first, store.Get("d", "a").Value);
    }

    /// <summary>VOS862: whether a punch leaves the dkey empty may depend on an undecided akey.</summary>
    [Fact]
    public void PunchAkey_WhileAnotherIsUndecided_WaitsForIt()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", s_first);
        store.Prepare(ObjectFixture.Id(1), TransactionStep.Put("d", "b", s_second));
        Assert.Equal(DerCode.InProgress, store.Prepare(ObjectFixture.Id(2), TransactionStep.Punch("d", "a", PunchScope.Akeys)).Code);
        Assert.Equal(DerCode.InProgress, store.Punch("d", "a", PunchScope.Akeys).Code);
        Assert.Equal([ObjectFixture.Id(1)], store.Blocking());
        store.Commit(ObjectFixture.Id(1));
        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(2), TransactionStep.Punch("d", "a", PunchScope.Akeys)).Code);
        store.Commit(ObjectFixture.Id(2));
        Assert.Equal(s_second, store.Get("d", "b").Value);
        Assert.Null(store.Get("d", "a").Value);

        // With an akey that exists for certain the undecided one does not matter.
        store.Put("d", "c", s_first);
        store.Prepare(ObjectFixture.Id(3), TransactionStep.Put("d", "e", s_second));
        Assert.Equal(DerCode.Success, store.Punch("d", "c", PunchScope.Akeys).Code);
    }

    /// <summary>VOS864: conditions per akey, in transactions.</summary>
    [Fact]
    public void PerAkeyConditions_InTransactions_HoldForTheirOwnAkey()
    {
        var store = new ObjectFixture();
        TransactionStep update = With(TransactionStep.Put("d", "b", s_second), UpdateConditions.AkeyUpdate);
        TransactionStep insert = With(TransactionStep.Put("d", "b", s_second), UpdateConditions.AkeyInsert);
        Assert.Equal(DerCode.Nonexist, store.Prepare(ObjectFixture.Id(1), TransactionStep.Put("d", "a", s_first), update).Code);
        Assert.Null(store.Get("d", "a").Value);
        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(2), TransactionStep.Put("d", "a", s_first)).Code);
        store.Commit(ObjectFixture.Id(2));
        Assert.Equal(DerCode.Nonexist, store.Prepare(ObjectFixture.Id(3), TransactionStep.Put("d", "a", s_first), update).Code);
        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(4), TransactionStep.Put("d", "a", s_first), insert).Code);
        Assert.Equal(DerCode.InProgress, store.Prepare(ObjectFixture.Id(5), update).Code);
        store.Commit(ObjectFixture.Id(4));
        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(5), update).Code);
        store.Commit(ObjectFixture.Id(5));
        Assert.Equal(DerCode.Exists, store.Prepare(ObjectFixture.Id(6), TransactionStep.Put("d", "a", s_second), insert).Code);
        Assert.Equal(s_first, store.Get("d", "a").Value);
        store.Prepare(ObjectFixture.Id(7), TransactionStep.Punch("d", "b", PunchScope.Akeys));
        store.Commit(ObjectFixture.Id(7));
        Assert.Equal(DerCode.Nonexist, store.Get("d", "b", conditions: UpdateConditions.AkeyFetch).Code);
    }

    /// <summary>VOS866: a write that comes after an undecided punch of its object survives it, however it ends.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Write_AfterAnUndecidedPunchOfItsObject_SurvivesIt(bool commits)
    {
        var store = new ObjectFixture();
        store.Put("d", "a", s_first);
        store.Prepare(ObjectFixture.Id(1), TransactionStep.Punch("d", "a", PunchScope.Object));
        Assert.Equal(DerCode.Success, store.Put("d", "b", s_second).Code);
        if (commits)
        {
            store.Commit(ObjectFixture.Id(1));
        }
        else
        {
            store.Abort(ObjectFixture.Id(1));
        }

        Assert.Equal(commits ? null : s_first, store.Get("d", "a").Value);
        Assert.Equal(s_second, store.Get("d", "b").Value);
    }

    /// <summary>VOS867: aggregation between a committed punch of a key and an undecided update of it takes the key away from neither.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reclaim_BelowAnUndecidedUpdate_LeavesIt(bool commits)
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, HistoryWindowMs = 0 });
        store.Put("d", "a", s_first);
        store.Punch("d", "a", PunchScope.Dkey);
        Epoch epoch = store.Prepare(ObjectFixture.Id(1), TransactionStep.Put("d", "a", s_second)).Epoch;
        store.Put("other", "a", s_first);
        store.ReclaimAll();
        Assert.True(store.AggregatedEpoch() > 0 && store.AggregatedEpoch() < epoch.Value, "aggregation passed the undecided transaction");
        Assert.Equal(epoch, store.Shard.LowestOpenEpoch);
        if (commits)
        {
            store.Commit(ObjectFixture.Id(1));
        }
        else
        {
            store.Abort(ObjectFixture.Id(1));
        }

        Assert.Equal(commits ? s_second : null, store.Get("d", "a").Value);
        Assert.Equal(Epoch.None, store.Shard.LowestOpenEpoch);
        store.ReclaimAll();
        Assert.True(store.AggregatedEpoch() >= epoch.Value);
    }

    private static TransactionStep With(TransactionStep step, UpdateConditions conditions) =>
        step with { Keys = step.Keys with { Conditions = conditions } };

    private static TransactionStep Step(bool isArray, byte[] bytes) =>
        isArray ? TransactionStep.Write("d", "a", 10, bytes) : TransactionStep.Put("d", "a", bytes);

    private static byte[]? Read(ObjectFixture store, bool isArray)
    {
        if (!isArray)
        {
            return store.Get("d", "a").Value;
        }

        (DerCode code, byte[]? bytes, bool[] map) = store.Run(() => store.Calls.ReadAsync(ObjectFixture.Keys("d", "a"), 10, 3));
        Assert.Equal(DerCode.Success, code);
        return bytes is not null && map[0] ? bytes : null;
    }

    private static (int Listed, int Iterated) CountKeys(ObjectFixture store)
    {
        int listed = 0;
        store.On(() =>
        {
            (DerCode code, List<byte[]> keys) = store.Calls.List(ObjectFixture.Keys("d", "a"), dkeys: true, 100);
            Assert.Equal(DerCode.Success, code);
            listed = keys.Count;
        });
        (DerCode iterated, var entries) = store.Iterate(
            IterationLevel.Dkeys, ObjectFixture.Keys("d", "a"), new IterationRequest { Expression = EpochExpression.Range });
        Assert.Equal(DerCode.Success, iterated);
        return (listed, entries.Count);
    }
}
