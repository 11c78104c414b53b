using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;

namespace Daos.Fabric.Store.Tests.Io;

public class ArrayTests
{
    private static readonly CallKeys s_array = CallKeys.Of("d", "array");

    [Theory]
    [InlineData(1 << 20, 0)]
    [InlineData((1 << 20) + 1, 12345)]
    [InlineData(3_000_000, 999)]
    public void Write_LargeExtent_ComesBackWholeAndInParts(int bytes, int start)
    {
        var store = new ObjectFixture();
        byte[] data = Random(bytes, 1);
        Assert.Equal(DerCode.Success, Write(store, 1, ((ulong)start, (ulong)bytes, data)));
        (DerCode code, byte[]? found, _) = store.Run(() => store.Calls.ReadAsync(s_array, (ulong)start, (ulong)bytes));
        Assert.Equal(DerCode.Success, code);
        Assert.True(data.AsSpan().SequenceEqual(found));
        var random = new SeededRandom(2);
        for (int i = 0; i < 50; i++)
        {
            int from = random.Next(bytes);
            int length = 1 + random.Next(Math.Min(bytes - from, 400_000));
            found = store.Run(() => store.Calls.ReadAsync(s_array, (ulong)(start + from), (ulong)length)).Bytes;
            Assert.True(data.AsSpan(from, length).SequenceEqual(found), $"bytes {from} to {from + length}");
        }
    }

    [Fact]
    public void Write_LargeOverSmallOverHuge_ShowsTheNewest()
    {
        var store = new ObjectFixture();
        byte[] image = new byte[200_000];
        bool[] map = new bool[200_000];
        var random = new SeededRandom(8);
        for (int i = 0; i < 200; i++)
        {
            int length = random.Next(3) switch { 0 => 1 + random.Next(10), 1 => 1 + random.Next(5000), _ => 1 + random.Next(60_000) };
            int at = random.Next(200_000 - length);
            bool hole = random.Chance(0.2);
            byte[] data = Random(length, (ulong)i + 100);
            Assert.Equal(DerCode.Success, Write(store, 1, ((ulong)at, (ulong)length, hole ? null : data)));
            if (hole && i == 0)
            {
                continue;
            }

            data = hole ? new byte[length] : data;
            data.CopyTo(image, at);
            map.AsSpan(at, length).Fill(!hole);
        }

        Write(store, 1, (150_000, (1UL << 62), null));
        image.AsSpan(150_000).Clear();
        map.AsSpan(150_000).Clear();
        (_, byte[]? found, bool[] exists) = store.Run(() => store.Calls.ReadAsync(s_array, 0, 200_000));
        Assert.True(map.AsSpan().SequenceEqual(exists));
        Assert.True(image.AsSpan().SequenceEqual(found));
    }

    [Fact]
    public void Write_BadRanges_AreRefused()
    {
        var store = new ObjectFixture();
        Assert.Equal(DerCode.Invalid, Write(store, 1, (1UL << 63, 1, new byte[1])));
        Assert.Equal(DerCode.Invalid, Write(store, 1, ((1UL << 63) - 1, 2, new byte[2])));
        Assert.Equal(DerCode.Invalid, Write(store, 1, (5, 0, [])));
        Assert.Equal(DerCode.Invalid, Write(store, 0, (5, 1, [])));
        Assert.Equal(DerCode.Invalid, Write(store, 8, (1UL << 62, 1, new byte[8])));
        Assert.Equal(DerCode.Invalid, Write(store, 1, (0, 10, new byte[10]), (9, 1, new byte[1])));
        Assert.Equal(DerCode.Invalid, Write(store, 1, (5, 1, new byte[1]), (0, 10, new byte[10])));
        Assert.Equal(DerCode.Invalid, Write(store, 1, (5, 1, new byte[1]), (0, 10, null)));
        Assert.Equal(DerCode.Success, Write(store, 1, (9, 1, new byte[1]), (0, 9, new byte[9]), (10, 5, null)));
        Assert.Equal(DerCode.Success, Write(store, 1, ((1UL << 63) - 1, 1, new byte[1])));
    }

    [Fact]
    public void Akey_OfOneKind_RefusesTheOther()
    {
        var store = new ObjectFixture();
        store.Put("d", "single", [1]);
        Assert.Equal(DerCode.Success, Write(store, 4, (0, 1, new byte[4])));
        Assert.Equal(DerCode.NoPerm, store.Put("d", "array", [1]).Code);
        Assert.Equal(DerCode.Invalid, Write(store, 8, (0, 1, new byte[8])));
        Assert.Equal((DerCode.Success, null), store.Get("d", "array"));
        Assert.Equal(DerCode.Nonexist, store.Get("d", "array", conditions: UpdateConditions.AkeyFetch).Code);
        CallKeys single = CallKeys.Of("d", "single");
        Assert.Equal(DerCode.NoPerm, store.Run(() => store.Calls.WriteAsync(single, 1, (0, 1, new byte[1]))).Code);
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.ReadAsync(single, 0, 1)).Code);
        Assert.Null(store.Run(() => store.Calls.ReadAsync(single, 0, 1)).Bytes);
        Assert.Equal([1], store.Get("d", "single").Value!);
    }

    /// <summary>VOS208 and a size query: the map, what a short read gives, and sizes without reading.</summary>
    [Theory]
    [InlineData(OperationFlags.None)]
    [InlineData(OperationFlags.SizesOnly)]
    public unsafe void Fetch_WithHoles_TellsRunsAndWhereTheyEnd(OperationFlags flags)
    {
        var store = new ObjectFixture();
        Assert.Equal(DerCode.Success, Write(store, 4, (10, 5, new byte[20]), (20, 2000, new byte[8000])));
        Assert.Equal(DerCode.Success, Write(store, 4, (2000, 20, null)));
        store.On(() =>
        {
            using var call = new NativeCall(s_array, []);
            FetchPlan plan = store.Shard.BeginFetch(new ObjectTarget
            {
                Container = ObjectFixture.Container,
                Object = ObjectFixture.Object,
                Dkey = call.Dkey,
                DkeyLength = call.DkeyLength,
                Flags = flags,
            });
            plan.AddExtent(call.Akey, call.AkeyLength, 0, 5000);
            Assert.Equal(DerCode.Success, plan.Resolve());
            Assert.Equal((4L, 20_000L, 8000L), (plan.RecordBytes(0), plan.ValueBytes(0), plan.ReadableBytes(0)));
            Assert.True(plan.TryGetRun(0, 1, out ulong index, out ulong count));
            Assert.Equal((20UL, 1980UL), (index, count));
            Assert.False(plan.TryGetRun(0, 2, out _, out _));
            plan.Free();
        });
    }

    /// <summary>Two operations at one epoch may not overlap in part (DER_VOS_PARTIAL_UPDATE), nor hit the same range.</summary>
    [Fact]
    public void Write_AtAnEpochUsedBefore_IsRefusedWhereItOverlaps()
    {
        var store = new ObjectFixture();
        CallKeys at = s_array with { Epoch = new Core.Identities.Epoch(500) };
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(at, 1, (0, 10, new byte[10]))).Code);
        Assert.Equal(DerCode.VosPartialUpdate, store.Run(() => store.Calls.WriteAsync(at, 1, (5, 10, new byte[10]))).Code);
        Assert.Equal(DerCode.VosPartialUpdate, store.Run(() => store.Calls.WriteAsync(at, 1, (0, 100_000, null))).Code);
        Assert.Equal(DerCode.TxRestart, store.Run(() => store.Calls.WriteAsync(at, 1, (0, 10, new byte[10]))).Code);
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(at, 1, (10, 10, new byte[10]))).Code);
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(at with { Minor = 1 }, 1, (5, 10, null))).Code);
        Assert.Equal(10, store.Run(() => store.Calls.ReadAsync(s_array, 0, 20)).Map.Count(exists => exists));
    }

    [Fact]
    public void Hole_WhereNothingIs_MakesNoKey()
    {
        var store = new ObjectFixture();
        Assert.Equal(DerCode.Success, Write(store, 1, (0, 10, null)));
        store.On(() => Assert.Empty(store.Calls.List(s_array, dkeys: true, 100).Keys));
        store.Put("d", "a", [1]);
        Assert.Equal(DerCode.Success, Write(store, 1, (0, 10, null)));
        store.On(() => Assert.Equal(["a"u8.ToArray()], store.Calls.List(s_array, dkeys: false, 100).Keys));
    }

    [Fact]
    public void ListExtents_ManyWindows_ShowsEveryRun()
    {
        var store = new ObjectFixture();
        for (int i = 0; i < 3000; i++)
        {
            Write(store, 1, ((ulong)(i % 1000) * 10, 3, new byte[3]));
        }

        store.On(() =>
        {
            (DerCode code, List<ListedExtent> found) = store.Calls.ListExtents(s_array, 24 * 100);
            Assert.Equal(DerCode.Success, code);
            Assert.Equal(Enumerable.Range(0, 1000).Select(i => ((ulong)i * 10, 3UL)), found.Select(extent => (extent.Index, extent.Count)));
            Assert.Equal(DerCode.KeyTooBig, store.Calls.ListExtents(s_array, 23).Code);
        });
    }

    [Fact]
    public void Listing_ForgedAnchors_NeverLeaveTheArena()
    {
        var store = new ObjectFixture();
        for (int i = 0; i < 100; i++)
        {
            store.Put($"some longer key {i}", "a", [1]);
        }

        var random = new SeededRandom(77);
        store.On(() =>
        {
            for (int i = 0; i < 5000; i++)
            {
                var anchor = default(ListAnchor);
                random.Fill(System.Runtime.InteropServices.MemoryMarshal.AsBytes(new Span<ListAnchor>(ref anchor)));
                anchor.Kind = (AnchorKind)random.Next(5);
                anchor.Record = random.Next(3) switch
                {
                    0 => (ulong)random.Next((long)store.Shard.Arena.UsedBytes + 100),
                    1 => store.Shard.Arena.UsedBytes - (ulong)random.Next(100),
                    _ => anchor.Record,
                };
                List(store, anchor);
            }
        });
    }

    private static unsafe void List(ObjectFixture store, ListAnchor anchor)
    {
        var target = new ObjectTarget { Container = ObjectFixture.Container, Object = ObjectFixture.Object };
        store.Shard.ListDkeys(in target, new ListRequest { Anchor = anchor }, new byte[200], out _, out _);
    }

    private static byte[] Random(int bytes, ulong seed)
    {
        var data = new byte[bytes];
        new SeededRandom(seed).Fill(data);
        return data;
    }

    private static DerCode Write(ObjectFixture store, int recordBytes, params (ulong Start, ulong Count, byte[]? Data)[] ranges) =>
        store.Run(() => store.Calls.WriteAsync(s_array, recordBytes, ranges)).Code;
}
