using Daos.Fabric.Store.Timestamps;

namespace Daos.Fabric.Store.Tests.Timestamps;

/// <summary>DAOS's timestamp cache (vts_ts.c, VOS600).</summary>
public class TimestampTableTests
{
    /// <summary>VOS600.2: whatever gives way, no read is forgotten; an entity that was noted alone is known exactly.</summary>
    [Theory]
    [InlineData(0, 3)]
    [InlineData(0, 500)]
    [InlineData(4, 50)]
    [InlineData(4, 5000)]
    public void Find_AfterAnyNotes_IsNeverBelowWhatWasNoted(int setCountLog2, int entities)
    {
        var table = new TimestampTable(setCountLog2);
        var naive = new Dictionary<ulong, (ulong Low, ulong High)>();
        var random = new SeededRandom((ulong)entities);
        ulong[] names = [.. Enumerable.Range(0, entities).Select(_ => random.NextUInt64() | 1)];
        bool isExact = entities <= 5;
        for (ulong i = 0; i < 20_000; i++)
        {
            ulong name = names[random.Next(entities)];
            ulong epoch = 1 + i + (ulong)random.Next(100);
            bool all = random.Chance(0.3);
            table.Note(name, epoch, 7, all);
            (ulong low, ulong high) = naive.GetValueOrDefault(name);
            naive[name] = (all ? Math.Max(low, epoch) : low, Math.Max(high, epoch));
            name = names[random.Next(entities)];
            (low, high) = naive.GetValueOrDefault(name);
            ReadEntry found = table.Find(name);
            Assert.True(found.Low.Epoch >= low && found.High.Epoch >= high);
            Assert.True(!isExact || (found.Low.Epoch == low && found.High.Epoch == high));
        }
    }

    [Fact]
    public void ReadStamp_SeveralReadersAtOneEpoch_AreNobody()
    {
        var stamp = default(ReadStamp);
        stamp.Note(10, 5);
        Assert.False(stamp.Forbids(10, 5));
        Assert.True(stamp.Forbids(10, 6));
        Assert.True(stamp.Forbids(9, 5));
        Assert.False(stamp.Forbids(11, 6));
        stamp.Note(10, 6);
        Assert.True(stamp.Forbids(10, 5));
        Assert.True(stamp.Forbids(10, 6));
        stamp.Note(9, 1);
        Assert.True(stamp.Forbids(10, 1));
    }
}
