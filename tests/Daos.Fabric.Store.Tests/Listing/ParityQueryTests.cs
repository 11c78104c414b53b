using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Listing;

/// <summary>Key queries over data and parity together, and the newest write of an object.</summary>
public class ParityQueryTests
{
    private const ulong Bit = 1UL << 63;
    private const int CellRecords = 4;
    private const int DataCells = 4;
    private const int StripeRecords = CellRecords * DataCells;
    private const ulong StripesPerKey = 50;
    private const KeyQueryFlags LastOfAll = KeyQueryFlags.Dkey | KeyQueryFlags.Recx | KeyQueryFlags.Parity | KeyQueryFlags.Max;
    private static readonly ObjectId s_object = ObjectId.Create(0, 1, ObjectType.MultiUInt64);

    /// <summary>VOS816: the size of an erasure-coded array on a target with parity, while stripes are written whole, in part, and punched.</summary>
    [Fact]
    public void Size_OfAnErasureCodedArray_CountsDataAndParity()
    {
        var store = new ObjectFixture();
        ulong[] offsets = [0, 2, StripesPerKey, (StripesPerKey * 3) + 2];
        WriteData(store, 0, 0, StripeRecords, punches: true);
        Assert.Null(SizeOf(store));
        for (int i = 0; i < offsets.Length; i++)
        {
            ulong at = offsets[i];
            WriteParity(store, at);
            Assert.Equal((at + 1) * StripeRecords, SizeOf(store));
            WriteData(store, at, StripeRecords - 1, 1, punches: true);
            Assert.Equal(((at + 1) * StripeRecords) - 1, SizeOf(store));
            WriteData(store, at + 1, 0, CellRecords * 2);
            Assert.Equal(((at + 1) * StripeRecords) + (CellRecords * 2), SizeOf(store));
            WriteParity(store, at + 1);
            Assert.Equal((at + 2) * StripeRecords, SizeOf(store));
            if (i > 0)
            {
                WriteData(store, at, 0, StripeRecords, punches: true);
                WriteData(store, at + 1, 0, StripeRecords, punches: true);
                Assert.Equal((offsets[i - 1] + 2) * StripeRecords, SizeOf(store));
                WriteData(store, at + 1, StripeRecords - 1, 1);
            }
        }

        // A hole behind parity; then parity newer than that hole; then one hole over two stripes.
        WriteData(store, 199, 0, StripeRecords, punches: true);
        WriteParity(store, 198);
        Assert.Equal(199UL * StripeRecords, SizeOf(store));
        WriteParity(store, 199);
        Assert.Equal(200UL * StripeRecords, SizeOf(store));
        WriteParity(store, 300);
        WriteParity(store, 301);
        WriteParity(store, 302);
        WriteData(store, 301, 0, StripeRecords * 2, punches: true);
        Assert.Equal(301UL * StripeRecords, SizeOf(store));
    }

    /// <summary>Against lists of records: both ends, at every epoch, under writes and punches of every size on both sides.</summary>
    [Fact]
    public void RandomWritesOfBothSides_BothEnds_MatchListsOfRecords()
    {
        for (ulong seed = 1; seed <= 6; seed++)
        {
            var store = new ObjectFixture(seed);
            var random = new SeededRandom(seed);
            int cells = 2 + random.Next(6);
            int records = 1 << (4 + random.Next(6));
            var data = new (int Time, bool There)[records * cells];
            var parity = new (int Time, bool There)[records];
            for (int time = 1; time < 300; time++)
            {
                bool isParity = random.Chance(0.4);
                (int Time, bool There)[] side = isParity ? parity : data;
                int start = random.Next(side.Length);
                int count = 1 + random.Next(Math.Min(side.Length - start, random.Chance(0.2) ? side.Length : 12));
                bool punches = random.Chance(0.45);
                Write(store, 0, isParity ? Bit + (ulong)start : (ulong)start, count, punches, isParity);
                for (int i = start; i < start + count; i++)
                {
                    side[i] = (time, !punches);
                }

                bool[] there = [.. data.Select((record, i) =>
                    record.There || (parity[i / cells].There && parity[i / cells].Time > record.Time))];
                int first = Array.IndexOf(there, true);
                (DerCode code, _, _, KeyQueryResult low) = Query(store, KeyQueryFlags.Recx | KeyQueryFlags.Parity, cells);
                Assert.Equal(first < 0 ? DerCode.Nonexist : DerCode.Success, code);
                (code, _, _, KeyQueryResult high) = Query(store, KeyQueryFlags.Recx | KeyQueryFlags.Parity | KeyQueryFlags.Max, cells);
                Assert.Equal(first < 0 ? DerCode.Nonexist : DerCode.Success, code);
                if (first >= 0)
                {
                    Assert.Equal((first, Array.LastIndexOf(there, true) + 1), ((int)low.Index, (int)(high.Index + high.Count)));
                    Assert.All(Enumerable.Range((int)low.Index, (int)low.Count), i => Assert.True(there[i]));
                    Assert.All(Enumerable.Range((int)high.Index, (int)high.Count), i => Assert.True(there[i]));
                }
            }
        }
    }

    [Fact]
    public void Query_AtTheEndOfAllIndices_DoesNotOverflow()
    {
        var store = new ObjectFixture();
        Write(store, 0, Bit + (Bit / 8) - 1, 1, punches: false, isParity: true);
        (DerCode code, _, _, KeyQueryResult found) = Query(store, KeyQueryFlags.Recx | KeyQueryFlags.Parity | KeyQueryFlags.Max, 8);
        Assert.Equal((DerCode.Success, Bit), (code, found.Index + found.Count));

        // Parity of records that no array can have stands for nothing.
        Write(store, 0, ulong.MaxValue - 2, 2, punches: false, isParity: true);
        (code, _, _, found) = Query(store, KeyQueryFlags.Recx | KeyQueryFlags.Parity | KeyQueryFlags.Max, 8);
        Assert.Equal((DerCode.Success, Bit), (code, found.Index + found.Count));
        Assert.Equal(DerCode.Invalid, Query(store, KeyQueryFlags.Recx | KeyQueryFlags.Parity, 1).Code);
        Assert.Equal(DerCode.Invalid, Query(store, KeyQueryFlags.Recx | KeyQueryFlags.Parity, 65_537).Code);
        Assert.Equal(DerCode.Invalid, Query(store, KeyQueryFlags.Dkey | KeyQueryFlags.Parity, 2).Code);
    }

    /// <summary>The newest write alone or beside other answers; punches count, reads at old epochs hear the same, and it is durable.</summary>
    [Fact]
    public void NewestWrite_OfWritesAndPunchesAtEveryLevel_IsTheHighestEpoch()
    {
        var store = new ObjectFixture(isVolatile: false);
        Assert.Equal(DerCode.Nonexist, Query(store, KeyQueryFlags.NewestWrite, 0).Code);
        Epoch first = Write(store, 0, 5, 3, punches: false, isParity: false);
        Assert.Equal((DerCode.Success, first), Newest(store, KeyQueryFlags.NewestWrite));
        Epoch second = Write(store, 7, 5, 3, punches: false, isParity: false);
        Assert.Equal((DerCode.Success, second), Newest(store, KeyQueryFlags.Recx | KeyQueryFlags.Max));
        Epoch third = Write(store, 0, 6, 1, punches: true, isParity: false);
        Assert.Equal((DerCode.Success, third), Newest(store, KeyQueryFlags.NewestWrite));
        Epoch fourth = store.Run(() => store.Calls.PunchAsync(KeysOf(7), PunchScope.Akeys)).Epoch;
        Assert.Equal((DerCode.Success, fourth), Newest(store, KeyQueryFlags.NewestWrite));
        store.Reopen();
        Assert.Equal((DerCode.Success, fourth), Newest(store, KeyQueryFlags.NewestWrite));
        Assert.Equal((DerCode.Success, fourth), Newest(store, KeyQueryFlags.NewestWrite, second));
        Epoch last = store.Run(() => store.Calls.PunchAsync(KeysOf(0), PunchScope.Object)).Epoch;
        Assert.Equal(DerCode.Nonexist, Query(store, KeyQueryFlags.NewestWrite, 0).Code);
        Assert.Equal((DerCode.Success, last), Newest(store, KeyQueryFlags.NewestWrite, second));
    }

    private static CallKeys KeysOf(ulong dkey) => new(s_object, BitConverter.GetBytes(dkey), BitConverter.GetBytes(1UL));

    private static void WriteData(ObjectFixture store, ulong stripe, ulong offset, int count, bool punches = false) =>
        Write(store, stripe / StripesPerKey, (stripe % StripesPerKey * StripeRecords) + offset, count, punches, isParity: false);

    private static void WriteParity(ObjectFixture store, ulong stripe) =>
        Write(store, stripe / StripesPerKey, Bit + (stripe % StripesPerKey * CellRecords), CellRecords, punches: false, isParity: true);

    private static Epoch Write(ObjectFixture store, ulong dkey, ulong index, int count, bool punches, bool isParity)
    {
        CallKeys keys = KeysOf(dkey) with { Flags = isParity ? OperationFlags.Parity : OperationFlags.None };
        (DerCode code, Epoch epoch) = store.Run(() => store.Calls.WriteAsync(keys, 1, (index, (ulong)count, punches ? null : new byte[count])));
        Assert.Equal(DerCode.Success, code);
        return epoch;
    }

    private static ulong? SizeOf(ObjectFixture store)
    {
        (DerCode Code, ulong Dkey, ulong, KeyQueryResult Result) found = default;
        store.On(() => found = store.Calls.Query(KeysOf(0), LastOfAll, DataCells));
        return found.Code == DerCode.Nonexist ? null
            : found.Code.IsSuccess ? (found.Dkey * StripesPerKey * StripeRecords) + found.Result.Index + found.Result.Count
            : throw new InvalidOperationException(found.Code.ToString());
    }

    private static (DerCode Code, ulong Dkey, ulong Akey, KeyQueryResult Result) Query(ObjectFixture store, KeyQueryFlags flags, int cells, Epoch epoch = default)
    {
        (DerCode, ulong, ulong, KeyQueryResult) found = default;
        store.On(() => found = store.Calls.Query(KeysOf(0) with { Epoch = epoch }, flags, cells));
        return found;
    }

    private static (DerCode Code, Epoch Newest) Newest(ObjectFixture store, KeyQueryFlags flags, Epoch epoch = default)
    {
        (DerCode code, _, _, KeyQueryResult result) = Query(store, flags, 0, epoch);
        return (code, result.NewestWrite);
    }
}
