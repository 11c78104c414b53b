using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Tests.Transactions.Tables;

/// <summary>The numbers by which records name undecided transactions.</summary>
public class OpenTransactionsTests
{
    [Fact]
    public void Take_AboveTheLimit_IsRefusedUntilOneCloses()
    {
        var open = new OpenTransactions();
        for (uint i = 1; i <= TransactionLimits.OpenMax; i++)
        {
            Assert.Equal(DerCode.Success, open.Take(Slot(i), out uint reference));
            open.Open(reference, entry: i, default);
        }

        Assert.Equal(DerCode.OverloadRetry, open.Take(Slot(0), out _));
        open.Close(777);
        Assert.Equal(0u, open.Find(8, new TransactionId(Guid.AllBitsSet, 777)));
        Assert.Equal(DerCode.Success, open.Take(Slot(0), out uint again));
        Assert.Equal(777u, again);
        Assert.Equal(DerCode.OverloadRetry, open.Take(Slot(0), out _));
    }

    [Fact]
    public void FindFree_AfterLoadingWithGaps_GivesTheGapsFirst()
    {
        var open = new OpenTransactions();
        foreach (uint reference in new uint[] { 2, 5 })
        {
            OpenSlot slot = Slot(reference);
            slot.Entry = reference;
            open.Load(reference, slot);
        }

        open.FindFree();
        uint[] taken = [.. Enumerable.Range(0, 4).Select(i =>
        {
            Assert.Equal(DerCode.Success, open.Take(Slot((uint)i + 100), out uint reference));
            return reference;
        })];
        Assert.Equal([1, 3, 4, 6], taken);
        Assert.Equal(2UL, open.LowestEpoch());
    }

    private static OpenSlot Slot(uint number) => new() { Container = 8, Id = new TransactionId(Guid.AllBitsSet, number), Epoch = number };
}
