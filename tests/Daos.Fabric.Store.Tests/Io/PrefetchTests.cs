using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.TestKit.Allocations;

namespace Daos.Fabric.Store.Tests.Io;

public sealed unsafe class PrefetchTests
{
    private const int Keys = 20_000;
    private const int KeyBytes = 16;

    /// <summary>Keys of every order are found on the way down, absent ones are not, and nothing changes.</summary>
    [Theory]
    [InlineData(ObjectType.MultiHashed)]
    [InlineData(ObjectType.MultiLexical)]
    [InlineData(ObjectType.DkeyUInt64)]
    public void Prefetch_OfPresentAndAbsentKeys_ReachesThePresentAndChangesNothing(ObjectType type)
    {
        var store = new ObjectFixture();
        store.On(() =>
        {
            ObjectId id = ObjectId.Create(0, 7, type);
            using NativeSlab keys = Fill(store, id);
            ulong live = store.Shard.Arena.LiveBytes;
            long committed = store.Shard.Transaction.CommittedCount;
            Assert.True(live > Prefetcher.LiveBytesMin, "too small to be looked ahead of");
            ObjectTarget[] targets = [.. Enumerable.Range(0, Keys).Select(i => Target(id, keys, i))];
            store.Shard.Prefetch(targets);
            Assert.Equal(Keys, store.Shard.Objects.Prefetcher.ReachedCount);

            ObjectTarget[] absent = [.. Enumerable.Range(Keys, 1000).Select(i => Target(id, keys, i))];
            store.Shard.Prefetch(absent);
            Assert.Equal(Keys, store.Shard.Objects.Prefetcher.ReachedCount);
            Assert.Equal((live, committed), (store.Shard.Arena.LiveBytes, store.Shard.Transaction.CommittedCount));
        });
    }

    [Fact]
    public void Prefetch_OfTargetsThatNoOperationAccepts_PassesThemOver()
    {
        var store = new ObjectFixture();
        store.On(() =>
        {
            using NativeSlab keys = Fill(store, ObjectFixture.Object);
            ObjectTarget good = Target(ObjectFixture.Object, keys, 5);
            store.Shard.Prefetch(
            [
                good with { Container = new ContainerId(Guid.AllBitsSet) },
                good with { Object = ObjectId.Create(0, 99, ObjectType.MultiHashed) },
                good with { Object = ObjectId.Create(0, 98, ObjectType.DkeyUInt64) },
                good with { Dkey = null, DkeyLength = 0 },
                good with { DkeyLength = ObjectLimits.KeyBytesMax + 1 },
                good,
            ]);
            Assert.Equal(1, store.Shard.Objects.Prefetcher.ReachedCount);
            store.Shard.Prefetch([]);
            Assert.Equal(1, store.Shard.Objects.Prefetcher.ReachedCount);
        });
    }

    /// <summary>A punched dkey, one with several akeys, an array, and a value that was written often: the way ends where it ends.</summary>
    [Fact]
    public void Prefetch_OfOtherShapes_EndsWhereTheyEnd()
    {
        var store = new ObjectFixture();
        store.On(() => Fill(store, ObjectId.Create(0, 7, ObjectType.MultiHashed)).Dispose());
        for (byte i = 0; i < 20; i++)
        {
            store.Put("often", "a", [i]);
            store.Put("wide", $"a{i}", [i]);
            store.Run(() => store.Calls.WriteAsync(CallKeys.Of("array", "a"), 1, (i, 1, [i])));
        }

        store.Put("gone", "a", [1]);
        store.Punch("gone", "a", PunchScope.Dkey);
        store.On(() =>
        {
            foreach (string dkey in new[] { "often", "wide", "array", "gone" })
            {
                using var call = new NativeCall(CallKeys.Of(dkey, "a"), []);
                store.Shard.Prefetch([new ObjectTarget { Container = ObjectFixture.Container, Object = ObjectFixture.Object, Dkey = call.Dkey, DkeyLength = call.DkeyLength }]);
            }

            Assert.Equal(3, store.Shard.Objects.Prefetcher.ReachedCount);
        });
        Assert.Equal([19], store.Get("often", "a").Value!);
    }

    [Fact]
    public void Prefetch_AfterWarmUp_AllocatesNothing()
    {
        var store = new ObjectFixture();
        store.On(() =>
        {
            using NativeSlab keys = Fill(store, ObjectFixture.Object);
            ObjectTarget[] targets = [.. Enumerable.Range(0, 100).Select(i => Target(ObjectFixture.Object, keys, i * 17))];
            Assert.Equal(0, SteadyState.AllocatedBytes(() =>
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                store.Shard.Prefetch(targets);
                return GC.GetAllocatedBytesForCurrentThread() - before;
            }));
        });
    }

    // Keys that are present, and behind them as many that are not.
    private static NativeSlab Fill(ObjectFixture store, ObjectId id)
    {
        var keys = new NativeSlab(2 * Keys * KeyBytes);
        using var call = new NativeCall(new CallKeys(id, new byte[1], new byte[1]), new byte[64]);
        for (int i = 0; i < 2 * Keys; i++)
        {
            *(ulong*)(keys.Address + (i * KeyBytes)) = (ulong)i * 0x9E3779B97F4A7C15;
        }

        for (int i = 0; i < Keys; i++)
        {
            ObjectTarget target = Target(id, keys, i);
            UpdatePlan update = store.Shard.BeginUpdate(in target);
            update.AddSingle(call.Akey, call.AkeyLength, 64, call.SingleChecksum());
            update.SetSource(0, call.Value);
            ValueTask<DerCode> admitted = update.AdmitAsync();
            DerCode code = admitted.IsCompletedSuccessfully ? admitted.Result : DerCode.Misc;
            code = code.IsSuccess ? update.Commit(out _, out _) : code;
            update.Free();
            Assert.Equal(DerCode.Success, code);
        }

        return keys;
    }

    private static ObjectTarget Target(ObjectId id, NativeSlab keys, int key) => new()
    {
        Container = ObjectFixture.Container,
        Object = id,
        Dkey = keys.Address + (key * KeyBytes),
        DkeyLength = id.DkeyOrder == KeyOrder.Integer ? sizeof(ulong) : KeyBytes,
    };
}
