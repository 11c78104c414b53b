using System.Text;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Tests.Checking;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Aggregation;

/// <summary>Removal of array records in a range of epochs (DAOS: vos_obj_array_remove, VOS811).</summary>
public class RecordRemovalTests
{
    [Fact]
    public void Remove_LastUpdateOnly_ShowsTheOneBefore()
    {
        var store = new ObjectFixture();
        byte[][] texts = [.. new[] { "first text", "second text", "third" }.Select(Encoding.UTF8.GetBytes)];
        ulong[] starts = [0, (ulong)texts[0].Length, (ulong)(texts[0].Length + texts[1].Length)];
        store.Write("d", "a", 1, [.. texts.Select((text, i) => (starts[i], (ulong)text.Length, (byte[]?)text))]);
        byte[] before = All(store);

        // A part of an extent cannot be taken: nothing happens.
        Assert.Equal((DerCode.NoPerm, 0), Remove(store, new RemovalRange(1, 10, 0, ulong.MaxValue)));
        Assert.Equal(before, All(store));

        ulong second = store.Write("d", "a", 1, (0, (ulong)texts[1].Length, texts[1]), ((ulong)texts[1].Length, (ulong)texts[0].Length, texts[0])).Epoch.Value;
        Assert.Equal("second textfirst textthird"u8.ToArray(), All(store));
        Assert.Equal((DerCode.Success, 2), Remove(store, new RemovalRange(0, starts[2], second, second)));
        Assert.Equal("first textsecond textthird"u8.ToArray(), All(store));
        Assert.Equal(3, store.Count().Extents.Count);

        // There is nothing left of those epochs.
        Assert.Equal((DerCode.Success, 0), Remove(store, new RemovalRange(0, starts[2], second, ulong.MaxValue)));
    }

    [Fact]
    public void Remove_OfEverything_GivesRecordsAndBlocksBack()
    {
        var store = new ObjectFixture();
        store.Write("d", "a", 8, (0, 1, new byte[8]));
        store.Put("other", "a", [1]);
        Assert.Equal((DerCode.Success, 1), Remove(store, new RemovalRange(0, 1, 0, ulong.MaxValue)));
        ulong arena = store.LiveBytes;
        long data = store.Shard.DataSpace.FreeBytes;
        for (ulong i = 0; i < 50; i++)
        {
            store.Write("d", "a", 8, (i * 100, 600, i % 3 == 0 ? null : new byte[4800]), (100_000 + i, 1, new byte[8]));
        }

        Assert.Equal((DerCode.Success, 100), Remove(store, new RemovalRange(0, ObjectLimits.ParityBit, 0, ulong.MaxValue)));
        Assert.Empty(store.Count().Extents);
        Assert.Equal(arena, store.LiveBytes);
        Assert.Equal(data, store.Shard.DataSpace.FreeBytes + store.Shard.DataSpace.PendingFreeBytes);
        Assert.DoesNotContain(true, store.Read("d", "a", 0, 1000).Map);
    }

    [Fact]
    public void Remove_OfDataOrParity_LeavesTheOtherSide()
    {
        var store = new ObjectFixture();
        CallKeys parity = CallKeys.Of("d", "a") with { Flags = OperationFlags.Parity };
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(parity, 1, (ObjectLimits.ParityBit, 4, [1, 2, 3, 4]))).Code);
        store.Write("d", "a", 1, (0, 4, [5, 6, 7, 8]));
        Assert.Equal((DerCode.Success, 1), Remove(store, new RemovalRange(ObjectLimits.ParityBit, 1UL << 40, 0, ulong.MaxValue)));
        Assert.Equal([5, 6, 7, 8], All(store));
        Assert.DoesNotContain(true, store.Run(() => store.Calls.ReadAsync(parity, ObjectLimits.ParityBit, 4)).Map);
        Assert.Equal(DerCode.Invalid, Remove(store, new RemovalRange(ObjectLimits.ParityBit - 1, 2, 0, ulong.MaxValue)).Code);
    }

    [Fact]
    public void Remove_OfWhatMakesNoSense_IsRefused()
    {
        var store = new ObjectFixture();
        ulong first = store.Write("d", "a", 1, (0, 4, [1, 2, 3, 4])).Epoch.Value;
        ulong second = store.Write("d", "a", 1, (1, 2, [5, 6])).Epoch.Value;
        ulong third = store.Write("d", "a", 1, (2, 1, [7])).Epoch.Value;
        store.Put("d", "single", [1]);
        Assert.Equal(DerCode.Invalid, Remove(store, new RemovalRange(0, 0, 0, ulong.MaxValue)).Code);
        Assert.Equal(DerCode.Invalid, Remove(store, new RemovalRange(0, 4, second, first)).Code);
        Assert.Equal(DerCode.Invalid, Remove(store, new RemovalRange(0, 4, 0, ulong.MaxValue), "single").Code);
        Assert.Equal(DerCode.Invalid, Remove(store, new RemovalRange(0, 4, 0, ulong.MaxValue), "").Code);
        Assert.Equal((DerCode.Success, 0), Remove(store, new RemovalRange(0, 4, 0, ulong.MaxValue), "nothing"));
        var elsewhere = new StoreCalls(store.Shard, new ContainerId(Guid.AllBitsSet));
        Assert.Equal(DerCode.ContNonexist, store.Run(() => elsewhere.RemoveAsync(CallKeys.Of("d", "a"), new RemovalRange(0, 4, 0, 9))).Code);

        // What was aggregated is no longer apart.
        Assert.Equal(DerCode.Success, store.Aggregate(second));
        Assert.Equal(DerCode.EpochOld, Remove(store, new RemovalRange(0, 4, second, third)).Code);
        Assert.Equal(DerCode.EpochOld, Remove(store, new RemovalRange(0, 4, 0, first)).Code);
        Assert.Equal((DerCode.Success, 1), Remove(store, new RemovalRange(0, 4, third, third)));
        Assert.Equal([1, 5, 6, 4], All(store));
        Assert.True(Remove(store, new RemovalRange(0, 4, 0, third)).Removed > 0);
        Assert.Empty(store.Count().Extents);
    }

    [Fact]
    public void Remove_OfSomethingUndecided_WaitsForItsEnd()
    {
        var store = new ObjectFixture();
        store.Write("d", "a", 1, (0, 4, [1, 2, 3, 4]));
        TransactionId id = ObjectFixture.Id(1);
        Assert.Equal(DerCode.Success, store.Prepare(id, TransactionStep.Write("d", "a", 1, [9, 9])).Code);
        Assert.Equal((DerCode.TxBusy, 0), Remove(store, new RemovalRange(0, 4, 0, ulong.MaxValue)));
        Assert.Equal([1, 2, 3, 4], All(store));
        Assert.Equal(1, store.Commit(id));
        Assert.Equal((DerCode.Success, 2), Remove(store, new RemovalRange(0, 4, 0, ulong.MaxValue)));
    }

    [Fact]
    public void Remove_OfMoreThanATransactionTakes_ChangesNothing()
    {
        const ulong Extents = 6000;
        var store = new ObjectFixture();
        for (ulong i = 0; i < Extents; i += 500)
        {
            store.Write("d", "a", 1, [.. Enumerable.Range((int)i, 500).Select(at => ((ulong)at * 2, 1UL, (byte[]?)[1]))]);
        }

        Assert.Equal((DerCode.Overflow, 0), Remove(store, new RemovalRange(0, 2 * Extents, 0, ulong.MaxValue)));
        Assert.Equal((int)Extents, store.Count().Extents.Count);
        for (ulong i = 0; i < Extents; i += 500)
        {
            Assert.Equal((DerCode.Success, 500), Remove(store, new RemovalRange(2 * i, 1000, 0, ulong.MaxValue)));
        }

        Assert.Empty(store.Count().Extents);
    }

    [Theory]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void Crash_AtManyMoments_LeavesAllOfItOrNothing(CrashKind kind)
    {
        int gone = 0;
        for (int cut = 0; cut < 12; cut++)
        {
            var store = new ObjectFixture((ulong)cut + 1, options => options with { DataBytes = 16 << 20 }, isVolatile: false);
            byte[] old = Bytes(20_000, 1);
            store.Write("d", "a", 1, (0, 20_000, old));
            byte[] next = Bytes(20_000, 2);
            ulong epoch = store.Write("d", "a", 1, (0, 9000, next[..9000]), (9000, 11_000, next[9000..])).Epoch.Value;
            bool answered = false;
            store.World.Start(async () =>
            {
                (DerCode code, _) = await store.Calls.RemoveAsync(CallKeys.Of("d", "a"), new RemovalRange(0, 20_000, epoch, epoch));
                answered = code.IsSuccess;
            });
            store.World.World.RunFor(1 + (cut * 12_000));
            bool wasAnswered = answered;
            store.World.Crash(kind);
            Inspector.AssertSound(store.World, $"cut {cut}");
            store.OpenAgain();
            byte[] found = store.Read("d", "a", 0, 20_000).Bytes!;
            bool isRemoved = old.AsSpan().SequenceEqual(found);
            Assert.True(isRemoved || (!wasAnswered && next.AsSpan().SequenceEqual(found)), $"cut {cut}: answered {wasAnswered}, removed {isRemoved}");
            gone += isRemoved ? 1 : 0;
        }

        Assert.InRange(gone, 1, 11);
    }

    /// <summary>Random writes, holes and removals, against a list of what was written; every epoch is compared.</summary>
    [Fact]
    public void RandomRemovals_AtEveryEpoch_MatchAList()
    {
        const int Records = 60;
        var random = new SeededRandom(811);
        int removals = 0;
        int refusals = 0;
        for (int round = 0; round < 30; round++)
        {
            var store = new ObjectFixture((ulong)round + 1);
            var written = new List<(ulong Epoch, int Start, int Count, byte Value)>();
            for (int step = 0; step < 25; step++)
            {
                int start = random.Next(Records);
                int count = 1 + random.Next(Math.Min(12, Records - start));
                byte value = (byte)(random.Chance(0.2) && step > 0 ? 0 : 1 + random.Next(200));
                ulong epoch = store.Write("d", "a", 1, ((ulong)start, (ulong)count, value == 0 ? null : Enumerable.Repeat(value, count).ToArray())).Epoch.Value;
                written.Add((epoch, start, count, value));
                if (step % 5 == 4)
                {
                    ulong first = written[random.Next(written.Count)].Epoch;
                    ulong last = random.Chance(0.3) ? ulong.MaxValue : Math.Max(first, written[random.Next(written.Count)].Epoch);
                    int from = random.Next(Records - 20);
                    var range = new RemovalRange((ulong)from, 20, first, last);
                    var meant = written.Where(w => w.Epoch >= first && w.Epoch <= last && w.Start < from + 20 && w.Start + w.Count > from).ToList();
                    bool fits = meant.All(w => w.Start >= from && w.Start + w.Count <= from + 20);
                    Assert.Equal(fits ? (DerCode.Success, meant.Count) : (DerCode.NoPerm, 0), Remove(store, range));
                    removals += fits && meant.Count > 0 ? 1 : 0;
                    refusals += fits ? 0 : 1;
                    written.RemoveAll(w => fits && meant.Contains(w));
                }
            }

            foreach (ulong epoch in written.Select(w => w.Epoch).Append(ulong.MaxValue))
            {
                byte[] expected = new byte[Records];
                foreach ((ulong at, int start, int count, byte value) in written.Where(w => w.Epoch <= epoch))
                {
                    expected.AsSpan(start, count).Fill(value);
                }

                (DerCode code, byte[]? bytes, bool[] map) = store.Read("d", "a", 0, Records, epoch == ulong.MaxValue ? 0 : epoch);
                Assert.Equal(DerCode.Success, code);
                Assert.True(expected.AsSpan().SequenceEqual(bytes ?? new byte[Records]), $"round {round} at {epoch}");
                Assert.True(bytes is null || expected.Select(b => b != 0).SequenceEqual(map), $"round {round} at {epoch}: the map");
            }
        }

        Assert.True(removals > 10 && refusals > 10, $"{removals} removals, {refusals} refusals");
    }

    private static (DerCode Code, int Removed) Remove(ObjectFixture store, RemovalRange range, string akey = "a") =>
        store.Run(() => store.Calls.RemoveAsync(CallKeys.Of("d", akey), range));

    private static byte[] All(ObjectFixture store)
    {
        (DerCode code, byte[]? bytes, bool[] map) = store.Read("d", "a", 0, 64);
        Assert.Equal(DerCode.Success, code);
        return bytes![..map.Count(exists => exists)];
    }

    private static byte[] Bytes(int count, ulong seed)
    {
        byte[] bytes = new byte[count];
        new SeededRandom(seed).Fill(bytes);
        return bytes;
    }
}
