using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Tests.Visibility;

public class VisibilityTests
{
    [Fact]
    public void StandAloneRead_OfUnstableVersion_TakesTheStableOne()
    {
        var store = new ObjectFixture(isVolatile: false);
        store.Put("d", "a", [1]);
        store.On(() =>
        {
            (_, LogPosition position) = Commit(store, CallKeys.Of("d", "a"), [2]);
            Assert.True(position > store.Shard.StablePosition, "the commit was stable at once: nothing is tested");
            Assert.Equal([1], Read(store, CallKeys.Of("d", "a"), out LogPosition dependsOn)!);
            Assert.Equal(LogPosition.None, dependsOn);
            CallKeys now = CallKeys.Of("d", "a") with { Epoch = new Core.Identities.Epoch(store.World.Hlc.Last) };
            Assert.Equal([2], Read(store, now, out dependsOn)!);
            Assert.Equal(position, dependsOn);
        });
        Assert.Equal([2], store.Get("d", "a", store.World.Hlc.Last).Value!);
        Assert.Equal([2], store.Get("d", "a").Value!);
    }

    [Fact]
    public void StandAloneRead_OfUnstableNewKey_FindsNothing()
    {
        var store = new ObjectFixture(isVolatile: false);
        store.On(() =>
        {
            Commit(store, CallKeys.Of("d", "a"), [2]);
            Assert.Null(Read(store, CallKeys.Of("d", "a"), out LogPosition dependsOn));
            Assert.Equal(LogPosition.None, dependsOn);
        });
    }

    [Fact]
    public void StandAloneRead_OfUnstablePunch_StillSeesTheValue()
    {
        var store = new ObjectFixture(isVolatile: false);
        store.Put("d", "a", [1]);
        LogPosition position = default;
        store.On(() =>
        {
            position = Punch(store, CallKeys.Of("d", "a"));
            Assert.True(position > store.Shard.StablePosition);
            Assert.Equal([1], Read(store, CallKeys.Of("d", "a"), out _)!);
        });
        store.Run(() => store.Shard.WaitStableAsync(position));
        Assert.Null(store.Get("d", "a").Value);
    }

    [Fact]
    public void ErrorReply_ByUnstableRecord_WaitsForIt()
    {
        var store = new ObjectFixture(isVolatile: false);
        store.On(() =>
        {
            (_, LogPosition first) = Commit(store, CallKeys.Of("d", "a"), [2]);
            CallKeys insert = CallKeys.Of("d", "b") with { Conditions = UpdateConditions.DkeyInsert };
            (DerCode code, LogPosition position) = Commit(store, insert, [3]);
            Assert.Equal(DerCode.Exists, code);
            Assert.Equal(first, position);
        });
    }

    [Fact]
    public void Resend_OfUnstableModification_WaitsForIt()
    {
        var store = new ObjectFixture(isVolatile: false);
        CallKeys keys = CallKeys.Of("d", "a") with { Id = new ModificationId(new Guid("aaaaaaaa-0000-0000-0000-000000000009"), 1, 1) };
        store.On(() =>
        {
            (_, LogPosition first) = Commit(store, keys, [2]);
            Assert.True(first > store.Shard.StablePosition);
            (DerCode code, LogPosition position) = Commit(store, keys, [2]);
            Assert.Equal(DerCode.Success, code);
            Assert.Equal(first, position);
        });
    }

    [Fact]
    public unsafe void Listing_OfUnstableKey_ShowsItAndNamesThePosition()
    {
        var store = new ObjectFixture(isVolatile: false);
        store.Put("d", "a", [1]);
        store.On(() =>
        {
            using var call = new NativeCall(CallKeys.Of("d", "a"), []);
            ObjectTarget target = Target(CallKeys.Of("d", "a"), call);
            byte[] packed = new byte[100];
            store.Shard.ListDkeys(in target, default, packed, out _, out ListResult result);
            Assert.Equal((1, LogPosition.None), (result.Count, result.DependsOn));
            (_, LogPosition position) = Commit(store, CallKeys.Of("e", "a"), [2]);
            store.Shard.ListDkeys(in target, default, packed, out _, out result);
            Assert.Equal((2, position), (result.Count, result.DependsOn));
        });
    }

    [Fact]
    public void UnstableEpochs_RandomOrder_MatchNaiveList()
    {
        var random = new SeededRandom(4);
        var set = new UnstableEpochs();
        var naive = new List<(ulong Epoch, ulong Position)>();
        ulong stable = 0;
        ulong epoch = 1000;
        for (ulong i = 1; i < 20_000; i++)
        {
            epoch += (ulong)random.Next(3);
            ulong written = random.Chance(0.1) ? epoch - (ulong)random.Next(200) : epoch;
            set.Add(written, new LogPosition(i));
            naive.Add((written, i));
            if (random.Chance(0.05))
            {
                stable = Math.Max(stable, i - (ulong)random.Next((int)Math.Min(i, 2000)));
                set.Trim(new LogPosition(stable));
                naive.RemoveAll(entry => entry.Position <= stable);
            }

            ulong asked = epoch - (ulong)random.Next(500);
            ulong expected = naive.Where(entry => entry.Epoch == asked).Select(entry => entry.Position).DefaultIfEmpty(0UL).Max();
            Assert.Equal(expected > 0, set.TryFind(asked, out LogPosition position));
            Assert.Equal(expected, position.Value);
            Assert.Equal(naive.Select(entry => entry.Epoch).DefaultIfEmpty(ulong.MaxValue).Min(), set.Lowest);
        }
    }

    private static unsafe ObjectTarget Target(CallKeys keys, NativeCall call) => new()
    {
        Container = ObjectFixture.Container,
        Object = keys.Object,
        Dkey = call.Dkey,
        DkeyLength = call.DkeyLength,
        Epoch = keys.Epoch,
        Conditions = keys.Conditions,
        Modification = keys.Id,
    };

    private static unsafe (DerCode Code, LogPosition Position) Commit(ObjectFixture store, CallKeys keys, byte[] value)
    {
        using var call = new NativeCall(keys, value);
        UpdatePlan plan = store.Shard.BeginUpdate(Target(keys, call));
        Assert.Equal(DerCode.Success, plan.AddSingle(call.Akey, call.AkeyLength, call.ValueBytes, call.SingleChecksum()));
        plan.SetSource(0, call.Value);
        DerCode code = plan.Commit(out LogPosition position, out _);
        plan.Free();
        return (code, position);
    }

    private static unsafe LogPosition Punch(ObjectFixture store, CallKeys keys)
    {
        using var call = new NativeCall(keys, []);
        Assert.Equal(
            DerCode.Success, store.Shard.Punch(Target(keys, call), PunchScope.Dkey, [], out LogPosition position, out _));
        return position;
    }

    private static unsafe byte[]? Read(ObjectFixture store, CallKeys keys, out LogPosition dependsOn)
    {
        using var call = new NativeCall(keys, []);
        FetchPlan plan = store.Shard.BeginFetch(Target(keys, call));
        plan.AddSingle(call.Akey, call.AkeyLength);
        Assert.Equal(DerCode.Success, plan.Resolve());
        dependsOn = plan.DependsOn;
        byte[]? value = null;
        if (plan.Exists(0))
        {
            value = new byte[plan.ValueBytes(0)];
            fixed (byte* p = value)
            {
                plan.CopyTo(0, p);
            }
        }

        plan.Free();
        return value;
    }
}
