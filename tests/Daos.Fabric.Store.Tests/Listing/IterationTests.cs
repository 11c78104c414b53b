using System.Text;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Listing;

/// <summary>DAOS's iterator scenarios (vts_io.c, VOS240 and VOS245).</summary>
public class IterationTests
{
    private static readonly CallKeys s_single = CallKeys.Of("d", "a");
    private static readonly CallKeys s_array = CallKeys.Of("d", "array");

    /// <summary>VOS245.0 and VOS245.1: object iteration, whole and with anchors.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public void Objects_ThroughAnyBuffer_AreAllGivenOnce(int bufferBytes)
    {
        var store = new ObjectFixture();
        var ids = new HashSet<ObjectId>();
        for (uint i = 1; i <= 300; i++)
        {
            ObjectId id = ObjectId.Create(i % 3, i, ObjectType.MultiHashed);
            ids.Add(id);
            store.Run(() => store.Calls.PutAsync(s_single with { Object = id }, [1]));
        }

        var gone = ObjectId.Create(0, 3, ObjectType.MultiHashed);
        store.Run(() => store.Calls.PunchAsync(s_single with { Object = gone }, PunchScope.Object));
        foreach (IterationFilter filter in new[] { IterationFilter.All, IterationFilter.Reverse })
        {
            List<ObjectId> found = Ids(store, new IterationRequest { Filter = filter }, bufferBytes);
            Assert.Equal(299, found.Count);
            Assert.True(ids.Except([gone]).ToHashSet().SetEquals(found));
        }

        Assert.Contains(gone, Ids(store, new IterationRequest { Filter = IterationFilter.Punched }, bufferBytes));
    }

    /// <summary>VOS240.0, VOS240.1: keys with anchors; VOS240.7: an anchor stays good when its key is gone.</summary>
    [Fact]
    public void Keys_WithAnchors_GoOnWhereTheyStopped()
    {
        var store = new ObjectFixture();
        for (int i = 0; i < 200; i++)
        {
            store.Put($"dkey {i:000}", "a", [1]);
            store.Put("dkey 000", $"akey {i:000}", [1]);
        }

        Assert.Equal(200, Keys(store, IterationLevel.Dkeys, s_single, IterationFilter.All).Count);
        CallKeys inside = CallKeys.Of("dkey 000", "a");
        List<string> up = Keys(store, IterationLevel.Akeys, inside, IterationFilter.All);
        List<string> down = Keys(store, IterationLevel.Akeys, inside, IterationFilter.Reverse);
        Assert.Equal(201, up.Distinct().Count());
        Assert.Equal(up, down.AsEnumerable().Reverse());
        store.Punch("dkey 001", "", PunchScope.Dkey);
        Assert.Equal(199, Keys(store, IterationLevel.Dkeys, s_single, IterationFilter.All).Count);
        Assert.Equal(200, Keys(store, IterationLevel.Dkeys, s_single, IterationFilter.Punched).Count);
        store.Punch("", "", PunchScope.Object);
        Assert.Empty(Keys(store, IterationLevel.Dkeys, s_single, IterationFilter.All));
        Assert.Empty(Keys(store, IterationLevel.Akeys, inside, IterationFilter.All));
        Assert.Equal(201, Keys(store, IterationLevel.Akeys, inside, IterationFilter.Punched).Count);
    }

    /// <summary>VOS240.3 and VOS240.4: a range of epochs, forwards and in reverse; LE, GE and EQ give one.</summary>
    [Fact]
    public void Versions_ByEpochExpression_AreThoseOfDaos()
    {
        var store = new ObjectFixture();
        for (ulong epoch = 100; epoch <= 200; epoch += 10)
        {
            Assert.Equal(DerCode.Success, store.Put("d", "a", new byte[epoch], epoch).Code);
        }

        var range = new IterationRequest { Low = new Epoch(125), High = new Epoch(165) };
        Assert.Equal([130, 140, 150, 160], Epochs(store, range with { Expression = EpochExpression.Range }));
        Assert.Equal([160, 150, 140, 130], Epochs(store, range with { Expression = EpochExpression.ReverseRange }));
        Assert.Equal([160], Epochs(store, range with { Expression = EpochExpression.LessOrEqual }));
        Assert.Equal([130], Epochs(store, range with { Expression = EpochExpression.GreaterOrEqual }));
        Assert.Empty(Epochs(store, range with { Expression = EpochExpression.Equal }));
        var exact = new IterationRequest { Low = new Epoch(150), Expression = EpochExpression.Equal };
        Assert.Equal([150], Epochs(store, exact));
        (_, var found) = store.Iterate(IterationLevel.Versions, s_single, exact);
        Assert.Equal((150UL, IterationFlags.Visible), (found[0].Entry.RecordBytes, found[0].Entry.Flags));
        Assert.Equal([160], Epochs(store, range with { Expression = EpochExpression.Range, Filter = IterationFilter.Visible }));
        store.Punch("d", "a", PunchScope.Akeys, 205);
        Assert.Empty(Epochs(store, new IterationRequest { Expression = EpochExpression.Range }));
        var punched = new IterationRequest { Expression = EpochExpression.Range, Filter = IterationFilter.Punched };
        Assert.Equal(11, Epochs(store, punched).Count);
        Assert.Empty(Epochs(store, punched with { Filter = IterationFilter.Punched | IterationFilter.Visible }));
    }

    /// <summary>VOS240.5 and VOS240.6: extents of a range of epochs, forwards and in reverse, visible, covered, holes or not.</summary>
    [Fact]
    public void Extents_ByFilter_ShowWhatLiesWhere()
    {
        var store = new ObjectFixture();
        Write(store, 100, 0, 100);
        Write(store, 110, 40, 20);
        Write(store, 120, 90, 20);
        store.Run(() => store.Calls.WriteAsync(s_array with { Epoch = new Epoch(130) }, 1, (10, 5, null)));
        Assert.Equal(
            [(0, 10, "V", 100), (10, 5, "VH", 130), (15, 25, "V", 100), (40, 20, "V", 110), (60, 30, "V", 100), (90, 20, "V", 120)],
            Extents(store, new IterationRequest { Filter = IterationFilter.Visible }));
        Assert.Equal(
            [(90, 20, "V", 120), (60, 30, "V", 100), (40, 20, "V", 110), (15, 25, "V", 100), (0, 10, "V", 100)],
            Extents(store, new IterationRequest { Filter = IterationFilter.Visible | IterationFilter.Reverse | IterationFilter.SkipHoles }));
        Assert.Equal(
            [(40, 20, "V", 110), (40, 20, "C", 100), (60, 30, "V", 100), (90, 20, "V", 120), (90, 10, "C", 100)],
            Extents(store, new IterationRequest { Filter = IterationFilter.Covered, Index = 40, Count = 1000 }));
        Assert.Equal(
            [(40, 20, "V", 110), (90, 20, "V", 120)],
            Extents(store, new IterationRequest { Filter = IterationFilter.Visible, Low = new Epoch(101), High = new Epoch(125) }));
        Assert.Equal(4, Extents(store, default).Count);
        Assert.Equal(DerCode.Invalid, store.Iterate(
            IterationLevel.Extents, s_array, new IterationRequest { Index = (1UL << 63) - 1, Count = 2 }).Code);
    }

    [Fact]
    public void Extents_ManyWindows_AreTheSameBothWays()
    {
        var store = new ObjectFixture();
        var random = new SeededRandom(4);
        for (int i = 0; i < 3000; i++)
        {
            ulong at = (ulong)random.Next(100_000);
            store.Run(() => store.Calls.WriteAsync(s_array, 1, (at, 1 + (ulong)random.Next(60), null)));
            ulong count = 1 + (ulong)random.Next(random.Chance(0.02) ? 20_000 : 60);
            store.Run(() => store.Calls.WriteAsync(s_array, 1, (at, count, new byte[count])));
        }

        foreach (IterationFilter filter in new[] { IterationFilter.Visible, IterationFilter.Covered })
        {
            var up = Painted(store, filter);
            var down = Painted(store, filter | IterationFilter.Reverse);
            Assert.Equal(up, down);
        }

        var listed = store.ListExtents(s_array, 480).Extents.Sum(extent => (long)extent.Count);
        Assert.Equal(listed, store.ListExtents(s_array, 480, descending: true).Extents.Sum(extent => (long)extent.Count));
        Assert.Equal(listed, store.Iterate(
            IterationLevel.Extents, s_array, new IterationRequest { Filter = IterationFilter.Visible | IterationFilter.SkipHoles })
            .Entries.Sum(entry => (long)entry.Entry.Count));
    }

    [Fact]
    public void Iterate_BadRequests_AreRefused()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [1]);
        store.Put("d", new string('k', 300), [1]);
        var forged = new ListAnchor { Kind = AnchorKind.AfterExtent, Detail = 200, Prefix = 5 };
        Assert.Equal(DerCode.Invalid, One(store, IterationLevel.Akeys, new IterationRequest { Anchor = forged }, out _));
        Assert.Equal(DerCode.Success, One(store, IterationLevel.Extents, new IterationRequest { Anchor = forged }, out _));
        Assert.Equal(DerCode.Invalid, One(
            store, IterationLevel.Akeys, new IterationRequest { Low = new Epoch(9), High = new Epoch(8) }, out _));
        Assert.Equal(DerCode.Invalid, One(
            store, IterationLevel.Versions, new IterationRequest { Expression = EpochExpression.Equal }, out _));
        byte[] small = new byte[IterationEntry.SizeBytes];
        Assert.Equal(DerCode.KeyTooBig, One(store, IterationLevel.Akeys, default, out ListResult result, small));
        Assert.True(result.Bytes is > IterationEntry.SizeBytes and < 400);
    }

    private static unsafe DerCode One(
        ObjectFixture store, IterationLevel level, IterationRequest request, out ListResult result, byte[]? packed = null)
    {
        using var call = new NativeCall(s_single, []);
        var target = new ObjectTarget
        {
            Container = ObjectFixture.Container,
            Object = ObjectFixture.Object,
            Dkey = call.Dkey,
            DkeyLength = call.DkeyLength,
        };
        DerCode code = default;
        ListResult told = default;
        var akey = new KeyBytes(call.Akey, call.AkeyLength);
        store.On(() => code = store.Shard.Iterate(level, in target, akey, in request, packed ?? new byte[1000], out _, out told));
        result = told;
        return code;
    }

    private static List<ObjectId> Ids(ObjectFixture store, IterationRequest request, int bufferBytes) =>
        [.. store.Iterate(IterationLevel.Objects, s_single, request, bufferBytes).Entries
            .Select(entry => new ObjectId(entry.Entry.Count, entry.Entry.Index))];

    private static List<string> Keys(ObjectFixture store, IterationLevel level, CallKeys keys, IterationFilter filter)
    {
        (DerCode code, var found) = store.Iterate(level, keys, new IterationRequest { Filter = filter }, 200);
        Assert.Equal(DerCode.Success, code);
        return [.. found.Select(entry => Encoding.UTF8.GetString(entry.Key))];
    }

    private static List<ulong> Epochs(ObjectFixture store, IterationRequest request)
    {
        (DerCode code, var found) = store.Iterate(IterationLevel.Versions, s_single, request, 80);
        Assert.Equal(DerCode.Success, code);
        return [.. found.Select(entry => entry.Entry.EpochValue)];
    }

    private static void Write(ObjectFixture store, ulong epoch, ulong index, ulong count) =>
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(
            s_array with { Epoch = new Epoch(epoch) }, 1, (index, count, new byte[count]))).Code);

    private static List<(int Index, int Count, string Flags, int Epoch)> Extents(ObjectFixture store, IterationRequest request)
    {
        (DerCode code, var found) = store.Iterate(IterationLevel.Extents, s_array, request, 160);
        Assert.Equal(DerCode.Success, code);
        return [.. found.Select(entry => ((int)entry.Entry.Index, (int)entry.Entry.Count, Letters(entry.Entry.Flags), (int)entry.Entry.EpochValue))];
    }

    private static string Letters(IterationFlags flags) =>
        ((flags & IterationFlags.Visible) != 0 ? "V" : "")
        + ((flags & IterationFlags.Covered) != 0 ? "C" : "")
        + ((flags & IterationFlags.Hole) != 0 ? "H" : "");

    // Per record and epoch how often and how it was given: windows may cut pieces differently in the two directions.
    private static Dictionary<(ulong Record, ulong Epoch), string> Painted(ObjectFixture store, IterationFilter filter)
    {
        (DerCode code, var found) = store.Iterate(
            IterationLevel.Extents, s_array, new IterationRequest { Filter = filter }, 10_000);
        Assert.Equal(DerCode.Success, code);
        var painted = new Dictionary<(ulong Record, ulong Epoch), string>();
        foreach ((IterationEntry entry, _) in found)
        {
            for (ulong i = 0; i < entry.Count; i++)
            {
                painted.Add((entry.Index + i, entry.EpochValue), Letters(entry.Flags));
            }
        }

        return painted;
    }
}
