using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Punch;

/// <summary>DAOS's punch model (vts_pm.c, VOS8xx; vts_io.c, VOS204) and the way punches spread.</summary>
public class PunchTests
{
    /// <summary>VOS204: a punched key is gone, and what was there stays readable at its epoch.</summary>
    [Fact]
    public void Punch_OfAnyLevel_HidesWhatIsBelowFromThenOn()
    {
        var store = new ObjectFixture();
        foreach (PunchScope scope in new[] { PunchScope.Akeys, PunchScope.Dkey, PunchScope.Object })
        {
            ulong before = store.Put("d", "a", [1]).Epoch.Value;
            store.Put("d", "b", [2]);
            ulong punch = store.Punch("d", "a", scope).Epoch.Value;
            Assert.Null(store.Get("d", "a").Value);
            Assert.Equal([1], store.Get("d", "a", before).Value!);
            Assert.Equal([1], store.Get("d", "a", punch - 1).Value!);
            Assert.Null(store.Get("d", "a", punch).Value);
            Assert.Equal(scope == PunchScope.Akeys, store.Get("d", "b").Value is not null);
            store.Put("d", "a", [3]);
            Assert.Equal([3], store.Get("d", "a").Value!);
        }
    }

    /// <summary>Punch propagation (src/vos/README.md): the last akey takes its dkey along, a replay does not.</summary>
    [Theory]
    [InlineData(OperationFlags.None, false)]
    [InlineData(OperationFlags.Replay, true)]
    public void PunchAkeys_OfTheLast_SpreadsToTheDkeyUnlessReplayed(OperationFlags flags, bool dkeyStays)
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [1]);
        store.Put("d", "b", [1]);
        CallKeys a = CallKeys.Of("d", "a") with { Flags = flags };
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.PunchAsync(a, PunchScope.Akeys)).Code);
        Assert.Equal(DerCode.Exists, store.Put("d", "x", [1], conditions: UpdateConditions.DkeyInsert).Code);
        CallKeys b = CallKeys.Of("d", "b") with { Flags = flags };
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.PunchAsync(b, PunchScope.Akeys)).Code);
        DerCode code = store.Put("d", "x", [1], conditions: UpdateConditions.DkeyInsert).Code;
        Assert.Equal(dkeyStays ? DerCode.Exists : DerCode.Success, code);
    }

    /// <summary>The object level is left alone by default, as in DAOS; an option spreads to it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PunchDkey_OfTheLast_SpreadsToTheObjectOnlyByOption(bool spreads)
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, PunchSpreadsToObject = spreads });
        store.Put("c", "a", [1]);
        store.Put("d", "a", [1]);
        store.Punch("d", "", PunchScope.Dkey);
        Assert.True(ObjectExists(store));
        store.Punch("c", "a", PunchScope.Akeys);
        Assert.Equal(!spreads, ObjectExists(store));
    }

    [Fact]
    public void PunchAkeys_OneAfterTheOther_FindTheLastWithoutLookingAtAllTheDead()
    {
        var store = new ObjectFixture();
        for (int i = 0; i < 3000; i++)
        {
            store.Put("d", $"akey {i:0000}", [1]);
        }

        for (int i = 0; i < 3000; i++)
        {
            string akey = $"akey {(i % 2 == 0 ? i : 3000 - i):0000}";
            Assert.Equal(DerCode.Success, store.Punch("d", akey, PunchScope.Akeys, conditions: UpdateConditions.Punch).Code);
        }

        Assert.Equal(DerCode.Success, store.Put("d", "x", [1], conditions: UpdateConditions.DkeyInsert).Code);
    }

    /// <summary>VOS812: an akey written and then punched at one epoch is gone.</summary>
    [Fact]
    public void MinorEpochs_UpdateThenPunchOfSingleValue_LeaveNothing()
    {
        var store = new ObjectFixture();
        CallKeys keys = CallKeys.Of("d", "a") with { Epoch = new Epoch(1000) };
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.PutAsync(keys with { Minor = 1 }, "Hello"u8.ToArray())).Code);
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.PunchAsync(keys with { Minor = 2 }, PunchScope.Akeys)).Code);
        Assert.Null(store.Get("d", "a", 1001).Value);
    }

    /// <summary>VOS813: written, punched, written behind: only what came last shows.</summary>
    [Fact]
    public void MinorEpochs_UpdatePunchUpdateOfArray_ShowTheLast()
    {
        var store = new ObjectFixture();
        CallKeys keys = CallKeys.Of("d", "array") with { Epoch = new Epoch(1000) };
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(keys with { Minor = 1 }, 1, (0, 5, "Hello"u8.ToArray()))).Code);
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.PunchAsync(keys with { Minor = 2 }, PunchScope.Akeys)).Code);
        Assert.Equal(
            DerCode.Success, store.Run(() => store.Calls.WriteAsync(keys with { Minor = 3 }, 1, (5, 11, "LonelyWorld"u8.ToArray()))).Code);
        (_, byte[]? bytes, bool[] map) = store.Run(() => store.Calls.ReadAsync(keys with { Epoch = new Epoch(1001) }, 0, 16));
        Assert.Equal("\0\0\0\0\0LonelyWorld"u8.ToArray(), bytes);
        Assert.Equal(11, map.Count(exists => exists));
    }

    /// <summary>
    /// VOS814: a snapshot lies between an update and a transaction that punched and wrote again; rebuild replays the punch and the update at the one
    /// epoch of that transaction, with the highest minor epochs, and in this order.
    /// </summary>
    [Fact]
    public void MinorEpochs_PunchAndUpdateReplayedByRebuild_ShowWhatCameBehindThePunch()
    {
        var store = new ObjectFixture();
        CallKeys keys = CallKeys.Of("d", "array") with { Epoch = new Epoch(1000), Flags = OperationFlags.Replay };
        CallKeys later = keys with { Epoch = new Epoch(1002) };
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(keys, 1, (0, 5, "hello"u8.ToArray()))).Code);
        Assert.Equal(
            DerCode.Success, store.Run(() => store.Calls.PunchAsync(later with { Minor = ushort.MaxValue - 1 }, PunchScope.Akeys)).Code);
        Assert.Equal(
            DerCode.Success,
            store.Run(() => store.Calls.WriteAsync(later with { Minor = ushort.MaxValue }, 1, (5, 11, "lonelyworld"u8.ToArray()))).Code);
        (_, byte[]? bytes, bool[] map) = store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", "array") with { Epoch = new Epoch(1003) }, 0, 32));
        Assert.Equal("\0\0\0\0\0lonelyworld"u8.ToArray(), bytes![..16]);
        Assert.Equal(Enumerable.Range(5, 11), Enumerable.Range(0, 32).Where(i => map[i]));
        (_, bytes, _) = store.Run(() => store.Calls.ReadAsync(CallKeys.Of("d", "array") with { Epoch = new Epoch(1001) }, 0, 5));
        Assert.Equal("hello"u8.ToArray(), bytes);
    }

    /// <summary>DAOS refuses punches under newer writes ("under punches", vos_obj.c); what lies beside is free.</summary>
    [Fact]
    public void Punch_UnderANewerWrite_MustComeAgain()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [1], 100);
        store.Put("d", "b", [1], 110);
        store.Put("e", "a", [1], 120);
        store.Run(() => store.Calls.WriteAsync(CallKeys.Of("d", "array") with { Epoch = new Epoch(100) }, 1, (0, 1, [1])));
        store.Run(() => store.Calls.WriteAsync(CallKeys.Of("d", "array") with { Epoch = new Epoch(200) }, 1, (9, 1, [1])));
        store.Put("d", "a", [2], 200);
        Assert.Equal(DerCode.TxRestart, store.Punch("d", "a", PunchScope.Akeys, 150).Code);
        Assert.Equal(DerCode.TxRestart, store.Punch("d", "array", PunchScope.Akeys, 150).Code);
        Assert.Equal(DerCode.TxRestart, store.Punch("d", "", PunchScope.Dkey, 150).Code);
        Assert.Equal(DerCode.TxRestart, store.Punch("", "", PunchScope.Object, 150).Code);
        Assert.Equal([1], store.Get("d", "a", 199).Value!);
        Assert.Equal(DerCode.Success, store.Punch("d", "b", PunchScope.Akeys, 150).Code);
        Assert.Null(store.Get("d", "b").Value);
        Assert.Equal([1], store.Get("d", "b", 149).Value!);
        Assert.Equal(DerCode.Success, store.Punch("e", "", PunchScope.Dkey, 150).Code);
        Assert.Equal(DerCode.Success, store.Punch("", "", PunchScope.Object, 250).Code);
    }

    /// <summary>The dkey that a late punch would leave empty has a newer akey: punching it would hide that one.</summary>
    [Fact]
    public void Punch_ThatWouldSpreadUnderANewerWrite_MustComeAgain()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [1], 100);
        store.Put("d", "b", [1], 200);
        Assert.Equal(DerCode.TxRestart, store.Punch("d", "a", PunchScope.Akeys, 150).Code);
        Assert.Equal([1], store.Get("d", "a", 160).Value!);
        CallKeys replayed = CallKeys.Of("d", "a") with { Epoch = new Epoch(150), Flags = OperationFlags.Replay };
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.PunchAsync(replayed, PunchScope.Akeys)).Code);
        Assert.Null(store.Get("d", "a", 160).Value);
        Assert.Equal([1], store.Get("d", "b").Value!);
    }

    private static bool ObjectExists(ObjectFixture store) => store.Iterate(
        Store.Listing.IterationLevel.Objects, CallKeys.Of("d", "a"), default).Entries.Count == 1;
}
