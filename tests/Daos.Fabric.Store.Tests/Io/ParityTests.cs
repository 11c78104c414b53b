using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>Parity of erasure-coded arrays lies at bit 63 of the index, beside the data.</summary>
public class ParityTests
{
    private const ulong Bit = 1UL << 63;
    private static readonly CallKeys s_array = CallKeys.Of("d", "array");
    private static readonly CallKeys s_parity = s_array with { Flags = OperationFlags.Parity };

    [Theory]
    [InlineData(1, 700)]
    [InlineData(7, 700)]
    [InlineData(1, 20_000)]
    [InlineData(8, 2_000)]
    public void Write_BesideData_NeitherIsSeenAsTheOther(int recordBytes, int records)
    {
        var store = new ObjectFixture();
        byte[] data = Fill(recordBytes * records, 1);
        byte[] parity = Fill(recordBytes * records, 2);
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(s_array, recordBytes, (3, (ulong)records, data))).Code);
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(s_parity, recordBytes, (Bit + 3, (ulong)records, parity))).Code);
        Assert.Equal(data, store.Run(() => store.Calls.ReadAsync(s_array, 3, (ulong)records)).Bytes);
        Assert.Equal(parity, store.Run(() => store.Calls.ReadAsync(s_parity, Bit + 3, (ulong)records)).Bytes);
        (_, byte[]? part, bool[] map) = store.Run(() => store.Calls.ReadAsync(s_parity, Bit, 8));
        Assert.Equal([false, false, false, true, true, true, true, true], map);
        Assert.Equal(parity.AsSpan(0, 5 * recordBytes).ToArray(), part![(3 * recordBytes)..]);
        Assert.All(store.ListExtents(s_array, 480).Extents, extent => Assert.True(extent.Index + extent.Count <= (ulong)records + 3));
        (DerCode code, _, _, KeyQueryResult result) = Query(store);
        Assert.Equal((DerCode.Success, 3UL, (ulong)records), (code, result.Index, result.Count));
        var all = store.Iterate(IterationLevel.Extents, s_array, new IterationRequest { Filter = IterationFilter.Visible, Index = Bit }).Entries;
        Assert.Equal((Bit + 3, (ulong)records), (all[0].Entry.Index, (ulong)all.Sum(entry => (long)entry.Entry.Count)));
        store.Run(() => store.Calls.WriteAsync(s_parity, recordBytes, (Bit, (ulong)records + 3, null)));
        Assert.Equal(0, store.Run(() => store.Calls.ReadAsync(s_parity, Bit, 8)).Map.Count(exists => exists));
        Assert.Equal(data, store.Run(() => store.Calls.ReadAsync(s_array, 3, (ulong)records)).Bytes);
    }

    [Fact]
    public void Write_AcrossBit63_IsRefused()
    {
        var store = new ObjectFixture();
        Assert.Equal(DerCode.Invalid, store.Run(() => store.Calls.WriteAsync(s_parity, 1, (Bit - 1, 2, new byte[2]))).Code);
        Assert.Equal(DerCode.Invalid, store.Run(() => store.Calls.WriteAsync(s_parity, 1, (ulong.MaxValue, 1, new byte[1]))).Code);
        Assert.Equal(DerCode.Invalid, store.Run(() => store.Calls.WriteAsync(s_array, 1, (Bit, 1, new byte[1]))).Code);
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(s_parity, 1, (ulong.MaxValue - 1, 1, new byte[1]))).Code);
    }

    private static (DerCode Code, ulong Dkey, ulong Akey, KeyQueryResult Result) Query(ObjectFixture store)
    {
        (DerCode, ulong, ulong, KeyQueryResult) found = default;
        store.On(() => found = store.Calls.Query(s_array, KeyQueryFlags.Max | KeyQueryFlags.Recx));
        return found;
    }

    private static byte[] Fill(int count, ulong seed)
    {
        byte[] bytes = new byte[count];
        new SeededRandom(seed).Fill(bytes);
        return bytes;
    }
}
