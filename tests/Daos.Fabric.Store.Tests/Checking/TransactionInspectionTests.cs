using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Checking;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Transactions.Tables;
using Daos.Fabric.Store.Trees;

namespace Daos.Fabric.Store.Tests.Checking;

/// <summary>What an inspection says of transaction tables, sound and damaged.</summary>
public sealed class TransactionInspectionTests
{
    [Fact]
    public void Inspect_UndecidedAndCommitted_IsSoundAndCountsThem()
    {
        ObjectFixture store = Fill();
        store.World.Crash(CrashKind.Power);
        CheckReport report = Inspector.Inspect(store.World);
        Assert.Equal(0, report.DamageCount);
        Assert.Equal((3, 4), (report.Counts["undecided transactions"], report.Counts["committed transactions"]));
        store.World.Dispose();
    }

    [Theory]
    [InlineData("too few records", "records too few")]
    [InlineData("bad magic", "makes no sense")]
    [InlineData("bad state", "makes no sense")]
    [InlineData("bad link", "makes no sense")]
    [InlineData("ring", "comes back to")]
    [InlineData("committed count", "committed transactions, and its blocks hold 4")]
    [InlineData("committed magic", "block of committed transactions")]
    public void Inspect_DamagedTable_NamesIt(string damage, string sentence)
    {
        ObjectFixture store = Fill();
        store.Run(() => store.Shard.WaitStableAsync(Damage(store.Shard, damage)));
        store.World.Crash(CrashKind.Power);
        CheckReport report = Inspector.Inspect(store.World);
        Assert.Contains(report.Findings, finding => finding.ToString().Contains(sentence, StringComparison.Ordinal));
        store.World.Dispose();
    }

    private static ObjectFixture Fill()
    {
        var store = new ObjectFixture(isVolatile: false);
        for (int i = 0; i < 7; i++)
        {
            store.Prepare(ObjectFixture.Id(i), TransactionStep.Put($"d{i}", "a", [1]));
        }

        store.Commit(ObjectFixture.Id(0), ObjectFixture.Id(2), ObjectFixture.Id(4), ObjectFixture.Id(6));
        return store;
    }

    private static unsafe LogPosition Damage(StoreShard shard, string damage)
    {
        LocalTransaction change = shard.Transaction;
        Assert.Equal(DerCode.Success, change.Begin());
        var container = shard.Arena.At<ContainerDf>(shard.Objects.Containers.Find(ObjectFixture.Container));
        ActiveTransactionDf* entry = change.Modify<ActiveTransactionDf>(container->Active);
        CommittedTableDf* table = change.Modify<CommittedTableDf>(container->Committed);
        switch (damage)
        {
            case "too few records":
                entry->Records--;
                break;
            case "bad magic":
                entry->Magic++;
                break;
            case "bad state":
                entry->State = 0;
                break;
            case "bad link":
                entry->Newer = entry->Older;
                break;
            case "ring":
                change.Modify<ActiveTransactionDf>(entry->Older)->Older = container->Active;
                break;
            case "committed count":
                table->Count++;
                table->NextNumber++;
                break;
            default:
                change.Modify<CommittedBlockDf>(table->Oldest)->Magic++;
                break;
        }

        Assert.Equal(DerCode.Success, change.Commit(out LogPosition position));
        return position;
    }
}
