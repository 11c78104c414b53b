using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Aggregation;

/// <summary>Scenarios of DAOS's discard (VOS451 to 469).</summary>
public class DiscardTests
{
    [Fact]
    public void Discard_OfOneEpoch_TakesThatVersionAlone()
    {
        var store = new ObjectFixture();
        ulong[] epochs = [.. Enumerable.Range(0, 5).Select(i => store.Put("d", "a", [(byte)i]).Epoch.Value)];
        Assert.Equal(DerCode.Success, store.Discard(epochs[2], epochs[2]));
        Assert.Equal([1], store.Get("d", "a", epochs[2]).Value!);
        Assert.Equal([4], store.Get("d", "a").Value!);
        Assert.Equal(DerCode.Success, store.Discard(epochs[4], epochs[4]));
        Assert.Equal([3], store.Get("d", "a").Value!);
        Assert.Equal(3, store.Count().Versions);
    }

    [Fact]
    public void Discard_OfARange_TakesValuesAndPunchesInIt()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [1]);
        store.Write("d", "array", 1, (0, 10, Fill(10, 1)));
        ulong first = store.Put("d", "a", [2]).Epoch.Value;
        store.Write("d", "array", 1, (5, 10, Fill(10, 2)), (2, 2, null));
        store.Punch("d", "a", PunchScope.Akeys);
        ulong last = store.Punch("", "", PunchScope.Object).Epoch.Value;
        Assert.Null(store.Get("d", "a").Value);
        Assert.Equal(DerCode.Success, store.Discard(first, last));
        Assert.Equal([1], store.Get("d", "a").Value!);
        (_, byte[]? bytes, bool[] map) = store.Read("d", "array", 0, 15);
        Assert.Equal(Fill(10, 1), bytes![..10]);
        Assert.Equal(10, map.Count(exists => exists));
    }

    [Fact]
    public void Discard_OfEverything_LeavesNothing()
    {
        var store = new ObjectFixture();
        ulong arena = store.Shard.Arena.LiveBytes;
        long data = store.Shard.DataSpace.FreeBytes;
        for (int i = 0; i < 300; i++)
        {
            store.Put($"d{i % 40}", $"a{i % 3}", new byte[i % 20 == 0 ? 6000 : 20]);
            store.Write($"d{i % 40}", "array", 1, ((ulong)i, 9, new byte[9]));
            if (i % 9 == 0)
            {
                store.Punch($"d{i % 40}", $"a{i % 3}", PunchScope.Akeys);
            }
        }

        Assert.Equal(DerCode.Success, store.Discard(0, ulong.MaxValue));
        Assert.Equal(0, store.Count().Objects);
        Assert.Equal(arena, store.Shard.Arena.LiveBytes);
        Assert.Equal(data, store.Shard.DataSpace.FreeBytes);
        Assert.Equal(DerCode.Success, store.Discard(0, ulong.MaxValue));
    }

    [Fact]
    public void Discard_OfOneObject_LeavesTheOthers()
    {
        var store = new ObjectFixture();
        ObjectId other = ObjectId.Create(0, 2, ObjectType.MultiHashed);
        ObjectId empty = ObjectId.Create(0, 3, ObjectType.MultiHashed);
        store.Put("d", "a", [1]);
        store.Run(() => store.Calls.PutAsync(CallKeys.Of("d", "a") with { Object = other }, [2]));
        Assert.Equal(DerCode.Success, store.Discard(0, ulong.MaxValue, empty));
        Assert.Equal(2, store.Count().Objects);
        Assert.Equal(DerCode.Success, store.Discard(0, ulong.MaxValue, ObjectFixture.Object));
        Assert.Null(store.Get("d", "a").Value);
        Assert.Equal([2], store.Run(() => store.Calls.GetAsync(CallKeys.Of("d", "a") with { Object = other })).Value!);
    }

    [Fact]
    public void Discard_OfTheCreation_LeavesWhatCameLaterVisible()
    {
        var store = new ObjectFixture();
        ulong first = store.Put("d", "a", [1]).Epoch.Value;
        ulong second = store.Put("d", "a", [2]).Epoch.Value;
        ulong third = store.Write("d", "array", 1, (0, 3, [1, 2, 3])).Epoch.Value;
        Assert.Equal(DerCode.Success, store.Discard(first, first));
        Assert.Null(store.Get("d", "a", first).Value);
        Assert.Null(store.Get("d", "a", second - 1).Value);
        Assert.Equal([2], store.Get("d", "a", second).Value!);
        Assert.Equal(DerCode.Success, store.Discard(second, second));
        Assert.Null(store.Get("d", "a").Value);
        Assert.Equal([1, 2, 3], store.Read("d", "array", 0, 3).Bytes!);
        Assert.Null(store.Read("d", "array", 0, 3, third - 1).Bytes);
    }

    [Fact]
    public void Discard_AmongWhatWasAggregated_IsRefused()
    {
        var store = new ObjectFixture();
        ulong first = store.Put("d", "a", [1]).Epoch.Value;
        ulong second = store.Put("d", "a", [2]).Epoch.Value;
        ulong third = store.Put("d", "a", [3]).Epoch.Value;
        Assert.Equal(DerCode.Success, store.Aggregate(second));
        Assert.Equal(DerCode.EpochOld, store.Discard(first, third));
        Assert.Equal(DerCode.EpochOld, store.Discard(0, first));
        Assert.Equal(DerCode.Invalid, store.Discard(third, second));
        Assert.Equal(DerCode.Success, store.Discard(third, third));
        Assert.Equal([2], store.Get("d", "a").Value!);
        Assert.Equal(DerCode.Success, store.Discard(0, second));
        Assert.Null(store.Get("d", "a").Value);
    }

    [Fact]
    public void Discard_OfTheShard_TakesEveryContainer_AndHoldsAggregationBack()
    {
        var store = new ObjectFixture();
        var other = new ContainerId(Guid.AllBitsSet);
        store.On(() => Assert.Equal(DerCode.Success, store.Shard.CreateContainer(other, out _)));
        var calls = new StoreCalls(store.Shard, other);
        ulong from = 0;
        for (int i = 0; i < 200; i++)
        {
            ulong epoch = store.Put($"d{i}", "a", [1]).Epoch.Value;
            from = from == 0 ? epoch : from;
            store.Run(() => calls.PutAsync(CallKeys.Of($"d{i}", "a"), [2]));
        }

        DerCode? discarded = null;
        store.World.Start(async () => discarded = await store.Shard.DiscardAsync(new DiscardScope(null, null, from, ulong.MaxValue), new AggregationControl()));
        store.World.World.RunFor(1_000_000);
        Assert.Null(discarded);
        Assert.Equal(DerCode.Busy, store.Discard(from, ulong.MaxValue));
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.True(store.AggregatedEpoch() < from);
        store.World.World.RunUntil(() => discarded is not null);
        Assert.Equal(DerCode.Success, discarded);
        Assert.Equal(0, store.Count().Objects);
        Assert.Equal(DerCode.Success, store.Aggregate());
    }

    private static byte[] Fill(int length, ulong seed)
    {
        var bytes = new byte[length];
        new SeededRandom(seed).Fill(bytes);
        return bytes;
    }
}
