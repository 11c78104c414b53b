using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Tests.Transactions.Tables;

/// <summary>The tables of undecided and committed transactions, and what their entries keep.</summary>
public class TransactionTableTests
{
    private static readonly byte[] s_value = [1, 2, 3];

    [Fact]
    public void Prepare_Again_AnswersAndAppliesNothing()
    {
        var store = new ObjectFixture();
        TransactionId id = ObjectFixture.Id(1);
        Epoch epoch = store.Prepare(id, TransactionStep.Put("d", "a", s_value)).Epoch;
        ulong live = store.LiveBytes;
        Assert.Equal((DerCode.Already, epoch), store.Prepare(id, TransactionStep.Put("d", "a", [9])));
        store.MarkCommittable(id);
        Assert.Equal((DerCode.Already, epoch), store.Prepare(id, TransactionStep.Put("d", "a", [9])));
        Assert.Equal(live, store.LiveBytes);
        store.Commit(id);
        Assert.Equal((DerCode.Already, epoch), store.Prepare(id, TransactionStep.Put("d", "a", [9])));
        Assert.Equal(s_value, store.Get("d", "a").Value);

        // Aborted, it may come again.
        store.Prepare(ObjectFixture.Id(2), TransactionStep.Put("d", "a", [7]));
        store.Abort(ObjectFixture.Id(2));
        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(2), TransactionStep.Put("d", "a", [8])).Code);
        store.Commit(ObjectFixture.Id(2));
        Assert.Equal([8], store.Get("d", "a").Value!);
    }

    [Fact]
    public void SameId_InAnotherContainer_IsAnotherTransaction()
    {
        var store = new ObjectFixture(isVolatile: false);
        var second = new ContainerId(Guid.Parse("00000000-0000-0000-0000-000000000002"));
        store.Run(() =>
        {
            Assert.Equal(DerCode.Success, store.Shard.CreateContainer(second, out LogPosition position));
            return store.Shard.WaitStableAsync(position);
        });
        store.Prepare(ObjectFixture.Id(1), TransactionStep.Put("d", "a", s_value));
        store.Commit(ObjectFixture.Id(1));
        store.Prepare(ObjectFixture.Id(2), TransactionStep.Put("d", "a", s_value));
        store.Abort(ObjectFixture.Id(2));
        for (int round = 0; round < 2; round++)
        {
            store.On(() =>
            {
                Assert.Equal(DerCode.Nonexist, store.Shard.CheckTransaction(second, ObjectFixture.Id(1), out _, out _, out _));
                Assert.Equal(DerCode.Nonexist, store.Shard.CheckTransaction(second, ObjectFixture.Id(2), out _, out _, out _));
                Assert.Equal(DerCode.Nonexist, store.Shard.AbortTransaction(second, ObjectFixture.Id(1), out _));
            });
            store.Reopen();
        }

        var calls = new StoreCalls(store.Shard, second);
        TransactionStep[] steps = [TransactionStep.Put("d", "a", [7])];
        Assert.Equal(DerCode.Success, store.Run(() => calls.PrepareAsync(ObjectFixture.Id(1), TransactionFlags.Leader, steps)).Code);
        Assert.Equal((DerCode.Success, 1), store.Run(() => calls.CommitAsync(ObjectFixture.Id(1))));
        Assert.Equal([7], store.Run(() => calls.GetAsync(CallKeys.Of("d", "a"))).Value!);
        Assert.Equal(s_value, store.Get("d", "a").Value);
    }

    [Fact]
    public void Prepare_BadInput_IsRefused()
    {
        var store = new ObjectFixture(isVolatile: false);
        TransactionStep put = TransactionStep.Put("d", "a", s_value);
        Assert.Equal(DerCode.Invalid, store.Prepare(TransactionId.None, put).Code);
        Assert.Equal(DerCode.Invalid, store.Prepare(ObjectFixture.Id(1)).Code);
        Assert.Equal(DerCode.Invalid, store.PrepareAs(ObjectFixture.Id(1), TransactionFlags.Corrupted, 0, put).Code);
        Assert.Equal(DerCode.HlcSync, store.PrepareAs(ObjectFixture.Id(1), TransactionFlags.None, ulong.MaxValue - 1, put).Code);
        Assert.Equal(DerCode.Invalid, store.Prepare(ObjectFixture.Id(1), put with { Keys = put.Keys with { Dkey = [] } }).Code);
        Assert.Equal(DerCode.Nonexist, store.Check(ObjectFixture.Id(1)).Code);
        Assert.Equal(DerCode.Nonexist, store.MarkCommittable(ObjectFixture.Id(1)));
        Assert.Equal(DerCode.Nonexist, store.SetFlags(ObjectFixture.Id(1), TransactionFlags.Leader));
        store.On(() =>
        {
            var nowhere = new ContainerId(Guid.Parse("00000000-0000-0000-0000-000000000001"));
            Assert.Equal(DerCode.ContNonexist, store.Shard.AbortTransaction(nowhere, ObjectFixture.Id(1), out _));
            Assert.Equal(DerCode.ContNonexist, store.Shard.CommitTransactions(nowhere, [ObjectFixture.Id(1)], out _, out _, out _));
        });
    }

    [Fact]
    public void Prepare_WithOneOperationThatFails_LeavesNothing()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", s_value);
        TransactionStep bad = TransactionStep.Write("d", "a", 0, [1]);
        (DerCode code, _) = store.Prepare(
            ObjectFixture.Id(1), TransactionStep.Put("new", "x", new byte[9000]), TransactionStep.Punch("d", "a", PunchScope.Dkey));
        Assert.Equal(DerCode.Success, code);
        store.Abort(ObjectFixture.Id(1));
        ulong live = store.LiveBytes;
        (code, _) = store.Prepare(ObjectFixture.Id(2), TransactionStep.Put("new", "x", new byte[9000]), bad);
        Assert.Equal(DerCode.NoPerm, code);
        Assert.Equal(live, store.LiveBytes);
        Assert.Empty(store.OpenTransactions());
        Assert.Equal(s_value, store.Get("d", "a").Value);
    }

    [Fact]
    public void OwnTransaction_ReadsWhatItWrote_OthersWait()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [9]);
        TransactionId id = ObjectFixture.Id(1);
        Epoch epoch = store.Prepare(
            id,
            TransactionStep.Put("d", "a", s_value),
            TransactionStep.Punch("d", "a", PunchScope.Akeys),
            TransactionStep.Put("d", "b", s_value)).Epoch;
        CallKeys own = ObjectFixture.Keys("d", "b", epoch.Value) with { Transaction = id };
        Assert.Equal(s_value, store.Run(() => store.Calls.GetAsync(own)).Value);
        Assert.Null(store.Run(() => store.Calls.GetAsync(own with { Akey = "a"u8.ToArray() })).Value);
        CallKeys other = own with { Transaction = ObjectFixture.Id(2) };
        Assert.Equal(DerCode.InProgress, store.Run(() => store.Calls.GetAsync(other)).Code);
        Assert.Equal(DerCode.InProgress, store.Get("d", "a", epoch.Value).Code);
        Assert.Equal([9], store.Get("d", "a", epoch.Value - 1).Value!);
        Assert.Equal([9], store.Get("d", "a").Value!);
        Assert.Equal(DerCode.InProgress, store.Put("d", "b", [1], conditions: UpdateConditions.AkeyInsert).Code);
        store.Commit(id);
        Assert.Null(store.Get("d", "a").Value);
        Assert.Equal(s_value, store.Get("d", "b").Value);
    }

    [Fact]
    public void Flags_CorruptedAndOrphan_TellReadersWhy()
    {
        var store = new ObjectFixture();
        TransactionId id = ObjectFixture.Id(1);
        store.Prepare(id, TransactionStep.Put("d", "a", s_value));
        store.SetFlags(id, TransactionFlags.Leader | TransactionFlags.Orphan);
        Assert.Equal(DerCode.TxUncertain, store.Get("d", "a").Code);
        store.SetFlags(id, TransactionFlags.Leader | TransactionFlags.Corrupted);
        Assert.Equal(DerCode.DataLoss, store.Get("d", "a").Code);
        Assert.Equal((DerCode.Success, TransactionState.Corrupted), store.Check(id));
        Assert.Equal(DerCode.Success, store.Put("d", "a", [5]).Code);
        Assert.Equal([5], store.Get("d", "a", conditions: 0).Value ?? [5]);
        Assert.Equal(DerCode.Success, store.Abort(id));
        Assert.Equal([5], store.Get("d", "a").Value!);
    }

    [Fact]
    public void Entries_AfterReopening_AreAllThere()
    {
        var store = new ObjectFixture(isVolatile: false);
        for (int i = 0; i < 20; i++)
        {
            store.Prepare(ObjectFixture.Id(i), TransactionStep.Put($"d{i}", "a", s_value));
        }

        TransactionId[] committed = [.. Enumerable.Range(5, 9).Select(ObjectFixture.Id)];
        store.Commit(committed);
        store.Abort(ObjectFixture.Id(17));
        var open = store.OpenTransactions();
        store.Reopen();
        Assert.Equal(committed, store.CommittedTransactions());
        Assert.Equal(
            open.Select(entry => entry with { IsRecovered = true }).OrderBy(entry => entry.Epoch),
            store.OpenTransactions().OrderBy(entry => entry.Epoch));
        Assert.All(open, entry => Assert.Equal((77UL, 5U, 4, StoreCalls.Participants.Length), (
            entry.DkeyHash, entry.MapVersion, entry.Records, entry.ParticipantBytes)));
        store.On(() =>
        {
            byte[] people = new byte[100];
            Assert.Equal(DerCode.Success, store.Shard.ReadParticipants(ObjectFixture.Container, ObjectFixture.Id(2), people, out int bytes));
            Assert.Equal(StoreCalls.Participants, people[..bytes]);
            Assert.Equal(
                DerCode.RecordTooBig, store.Shard.ReadParticipants(ObjectFixture.Container, ObjectFixture.Id(2), people.AsSpan(0, 3), out bytes));
            Assert.Equal(StoreCalls.Participants.Length, bytes);
        });

        // What somebody may have seen as committable waits now, also at its leader.
        Assert.Equal(DerCode.InProgress, store.Get("d2", "a").Code);
        Assert.Equal(s_value, store.Get("d6", "a").Value);
        Assert.Equal(DerCode.Already, store.Prepare(ObjectFixture.Id(6), TransactionStep.Put("d", "a", s_value)).Code);
        Assert.Equal(DerCode.Already, store.Prepare(ObjectFixture.Id(2), TransactionStep.Put("d", "a", s_value)).Code);
        store.Commit(ObjectFixture.Id(2));
        store.Abort(ObjectFixture.Id(3));
        Assert.Equal(s_value, store.Get("d2", "a").Value);
        Assert.Null(store.Get("d3", "a").Value);
    }

    [Fact]
    public void Discard_OfARangeOfEpochs_TakesThoseInIt()
    {
        var store = new ObjectFixture();
        Epoch[] epochs = [.. Enumerable.Range(0, 6).Select(i => store.Prepare(ObjectFixture.Id(i), TransactionStep.Put("d", $"a{i}", s_value)).Epoch)];
        store.MarkCommittable(ObjectFixture.Id(2));
        store.On(() =>
        {
            Assert.Equal(
                DerCode.Success, store.Shard.DiscardTransactions(ObjectFixture.Container, epochs[1], epochs[3], out int discarded, out _));
            Assert.Equal(3, discarded);
        });
        Assert.Equal([0, 4, 5], store.OpenTransactions().Select(entry => (int)(entry.Id.Hlc - 1_000_000)).Order());
        store.Commit([.. Enumerable.Range(0, 6).Select(ObjectFixture.Id)]);
        Assert.Equal([true, false, false, false, true, true], Enumerable.Range(0, 6).Select(i => store.Get("d", $"a{i}").Value is not null));
    }

    [Fact]
    public void DiscardOfVersions_WithSomethingUndecidedThere_IsRefused()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", s_value);
        Epoch epoch = store.Prepare(ObjectFixture.Id(1), TransactionStep.Put("d", "b", s_value)).Epoch;
        var scope = new DiscardScope(ObjectFixture.Container, null, epoch.Value, ulong.MaxValue);
        Assert.Equal(DerCode.TxBusy, store.Run(() => store.Shard.DiscardAsync(scope, new AggregationControl())));
        Assert.Equal(DerCode.Success, store.Abort(ObjectFixture.Id(1)));
        Assert.Equal(DerCode.Success, store.Run(() => store.Shard.DiscardAsync(scope, new AggregationControl())));
        Assert.Equal(s_value, store.Get("d", "a").Value);
    }

    [Fact]
    public void CommittedTable_AboveItsNumber_ForgetsTheOldestByItself()
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, CommittedTransactionsMax = 300 });
        TransactionId[] ids = [.. Enumerable.Range(0, 2000).Select(ObjectFixture.Id)];
        foreach (TransactionId id in ids)
        {
            store.Prepare(id, TransactionStep.Put("d", "a", s_value));
        }

        Assert.Equal(2000, store.Commit(ids));
        List<TransactionId> kept = store.CommittedTransactions(100);
        Assert.InRange(kept.Count, 300, 427);
        Assert.Equal(ids[^kept.Count..], kept);
        Assert.All(kept, id => Assert.Equal(DerCode.Success, store.Check(id).Code));
        Assert.Equal(DerCode.EpochOld, store.Check(ids[0]).Code);
    }

    [Fact]
    public void CommittedTable_ByAge_ForgetsWithLaterCommits()
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, CommittedTransactionsAgeMs = 500 });
        store.Prepare(ObjectFixture.Id(1), TransactionStep.Put("d", "a", s_value));
        store.Commit(ObjectFixture.Id(1));
        store.Prepare(ObjectFixture.Id(2), TransactionStep.Put("d", "a", s_value));
        store.World.World.RunFor(1_000_000_000);
        Assert.Equal([ObjectFixture.Id(1)], store.CommittedTransactions());

        // The newest block is young again with the next commit; alone it goes.
        store.Commit(ObjectFixture.Id(2));
        Assert.Equal(2, store.CommittedTransactions().Count);
        store.World.World.RunFor(1_000_000_000);
        for (int i = 3; i < 140; i++)
        {
            store.Prepare(ObjectFixture.Id(i), TransactionStep.Put("d", "a", s_value));
            store.Commit(ObjectFixture.Id(i));
        }

        store.World.World.RunFor(1_000_000_000);
        store.Prepare(ObjectFixture.Id(200), TransactionStep.Put("d", "a", s_value));
        store.Commit(ObjectFixture.Id(200));
        Assert.Equal(DerCode.EpochOld, store.Check(ObjectFixture.Id(1)).Code);
        Assert.Equal((DerCode.Success, TransactionState.Committed), store.Check(ObjectFixture.Id(200)));
    }

    [Fact]
    public void DestroyedContainer_WithTransactions_GivesEverythingBack()
    {
        var store = new ObjectFixture();
        ulong before = store.LiveBytes;
        for (int i = 0; i < 300; i++)
        {
            store.Prepare(ObjectFixture.Id(i), TransactionStep.Put($"d{i}", "a", new byte[5000]));
        }

        store.Commit([.. Enumerable.Range(0, 200).Select(ObjectFixture.Id)]);
        store.On(() =>
        {
            Assert.Equal(DerCode.Success, store.Shard.DestroyContainer(ObjectFixture.Container, out _));
            Assert.Equal(DerCode.Success, store.Shard.CreateContainer(ObjectFixture.Container, out _));
        });
        Assert.Empty(store.OpenTransactions());
        Assert.Equal(Epoch.None, store.Shard.LowestOpenEpoch);
        store.ReclaimAll();
        Assert.Equal(before, store.LiveBytes);
        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(250), TransactionStep.Put("d", "a", s_value)).Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void LargeTransaction_OfManyRecords_CommitsOrAbortsWhole(bool commits)
    {
        // More records than one block of references holds.
        var store = new ObjectFixture(
            change: options => options with { ArenaReserveBytes = 64 << 20, LogBytes = 4 << 20, LogBlockBytes = 256 << 10 }, isVolatile: false);
        store.Put("d0", "kept", s_value);
        TransactionStep[] puts = [.. Enumerable.Range(0, 700).Select(i => TransactionStep.Put($"d{i % 7}", $"a{i}", [(byte)i]))];

        // Roots that grew stay as large as they are: from the second time on everything comes back to the byte.
        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(2), puts).Code);
        Assert.Equal(DerCode.Success, store.Abort(ObjectFixture.Id(2)));
        ulong before = store.LiveBytes;
        Assert.Equal(DerCode.Success, store.Prepare(ObjectFixture.Id(1), puts).Code);
        Assert.True(store.OpenTransactions()[0].Records > 515);
        store.Crash(CrashKind.Power);
        if (commits)
        {
            Assert.Equal(1, store.Commit(ObjectFixture.Id(1)));
        }
        else
        {
            Assert.Equal(DerCode.Success, store.Abort(ObjectFixture.Id(1)));
            Assert.Equal(before, store.LiveBytes);
        }

        Assert.All([0, 1, 350, 699], i => Assert.Equal(commits, store.Get($"d{i % 7}", $"a{i}").Value is not null));
        Assert.Equal(s_value, store.Get("d0", "kept").Value);
    }

    [Fact]
    public void CommittedIndex_RandomAddsAndRemoves_FindsWhatIsThere()
    {
        // The index through its table: many containers' worth of ids, blocks going while others come.
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, CommittedTransactionsMax = 1000 });
        int next = 0;
        for (int round = 0; round < 12; round++)
        {
            TransactionId[] ids = [.. Enumerable.Range(next, 200).Select(ObjectFixture.Id)];
            next += 200;
            foreach (TransactionId id in ids)
            {
                store.Prepare(id, TransactionStep.Put("d", "a", s_value));
            }

            store.Commit(ids);
            HashSet<TransactionId> kept = [.. store.CommittedTransactions(500)];
            for (int i = 0; i < next; i += 7)
            {
                Assert.Equal(kept.Contains(ObjectFixture.Id(i)), store.Check(ObjectFixture.Id(i)).Code.IsSuccess);
            }
        }
    }
}
