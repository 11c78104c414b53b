using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Store.Checking;
using Daos.Fabric.Store.Checksums;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Aggregation;

/// <summary>Damage that an aggregation meets: it never becomes part of anything new, and is told.</summary>
public class AggregationDamageTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Aggregate_MeetsDamage_MarksItTellsItAndMergesTheRest(bool isLarge)
    {
        var told = new List<CorruptedValue>();
        var store = new ObjectFixture(change: options => options with
        {
            ArenaReserveBytes = 64 << 20,
            DataBytes = 64 << 20,
            MediaBufferCount = 8,
            OnCorrupted = told.Add,
        });
        store.Calls.Type = ChecksumType.Crc32C;
        int bytes = isLarge ? 20_000 : 200;
        var written = new List<byte[]>();
        for (ulong i = 0; i < 9; i++)
        {
            written.Add(Fill(bytes, i));
            store.Write("d", "array", 1, (i * (ulong)bytes, (ulong)bytes, written[^1]));
        }

        StoredValue victim = store.Count().Extents.Single(extent => extent.Start == 4 * (ulong)bytes);
        Damage(store, victim);
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Equal(1, store.Shard.Aggregation.ChecksumErrors);
        Assert.Equal(1, store.Shard.Statistics.CorruptedValues);
        Assert.Equal(4 * (ulong)bytes, Assert.Single(told).FirstByte / (ulong)bytes * (ulong)bytes);

        // It was marked and nothing was made of it; the next pass puts the others together around it.
        Assert.Equal(9, store.Count().Extents.Count);
        store.Write("other", "array", 1, (0, 1, [1]));
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Equal(4, store.Count().Extents.Count);
        Assert.Contains(store.Count().Extents, extent => extent == victim);
        store.Calls.VerifiesAll = true;
        for (int i = 0; i < 9; i++)
        {
            (DerCode code, byte[]? read, _) = store.Read("d", "array", (ulong)(i * bytes), (ulong)bytes);
            Assert.Equal(i == 4 ? DerCode.Checksum : DerCode.Success, code);
            Assert.True(i == 4 || written[i].AsSpan().SequenceEqual(read));
        }
    }

    private static void Damage(ObjectFixture store, StoredValue victim) => store.Run(async () =>
    {
        var stored = new TestKit.Faults.StoredValue(
            store.Shard, ObjectFixture.Container, ObjectFixture.Object, "d"u8.ToArray(), "array"u8.ToArray());
        await stored.FlipByteAsync(victim.Start + 77);
        return true;
    });

    private static byte[] Fill(int length, ulong seed)
    {
        var bytes = new byte[length];
        new SeededRandom(seed + 5).Fill(bytes);
        return bytes;
    }
}
