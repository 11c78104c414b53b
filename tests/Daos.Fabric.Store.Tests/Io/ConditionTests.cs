using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>DAOS's conditional operations (vts_pm.c, VOS860 to VOS863).</summary>
public class ConditionTests
{
    private const UpdateConditions Insert = UpdateConditions.AkeyInsert;
    private const UpdateConditions Update = UpdateConditions.AkeyUpdate;
    private const UpdateConditions Fetch = UpdateConditions.AkeyFetch;

    /// <summary>VOS860: what each condition answers before and after inserts and punches, at their epochs.</summary>
    [Fact]
    public void Conditions_InDaosOrder_AnswerAsDaos()
    {
        var store = new ObjectFixture();
        Assert.Equal(DerCode.Nonexist, store.Put("a", "b", [1], conditions: UpdateConditions.DkeyUpdate).Code);
        (DerCode code, Core.Identities.Epoch inserted) = store.Put("a", "b", [1], conditions: UpdateConditions.DkeyInsert);
        Assert.Equal(DerCode.Success, code);
        Assert.Equal(DerCode.Exists, store.Put("a", "b", [2], conditions: UpdateConditions.DkeyInsert).Code);
        Assert.Equal([1], store.Get("a", "b").Value!);
        Assert.Null(store.Get("a", "b", inserted.Value - 1).Value);
        Assert.Equal(DerCode.Success, store.Punch("", "", PunchScope.Object).Code);
        Assert.Null(store.Get("a", "b").Value);
        Assert.Equal(DerCode.Nonexist, store.Put("a", "b", [1], conditions: UpdateConditions.DkeyUpdate).Code);
        Assert.Equal(DerCode.Nonexist, store.Punch("a", "b", PunchScope.Akeys, conditions: UpdateConditions.Punch).Code);
        Assert.Equal(DerCode.Nonexist, store.Punch("a", "", PunchScope.Dkey, conditions: UpdateConditions.Punch).Code);
        Assert.Equal(DerCode.Nonexist, store.Punch("", "", PunchScope.Object, conditions: UpdateConditions.Punch).Code);
        Assert.Equal(DerCode.Success, store.Punch("a", "", PunchScope.Dkey).Code);

        (string, byte[], UpdateConditions)[] five = [("a", [1], 0), ("b", [2], 0), ("c", [3], 0), ("d", [4], 0), ("e", [5], 0)];
        Assert.Equal(DerCode.Nonexist, store.PutMany("z", UpdateConditions.DkeyUpdate, five));
        Assert.Equal(DerCode.Success, store.PutMany("z", UpdateConditions.DkeyInsert, five));
        Assert.Equal([1], store.Get("z", "a", conditions: Fetch).Value!);
        Assert.Equal(DerCode.Nonexist, store.Get("z", "nonexist", conditions: Fetch).Code);
        Assert.Equal(DerCode.Nonexist, store.Get("nonexist", "a", conditions: UpdateConditions.DkeyFetch).Code);
        Assert.Equal(DerCode.Success, store.Put("nonexist", "a", [7]).Code);
        Assert.Equal([7], store.Get("nonexist", "a", conditions: UpdateConditions.DkeyFetch).Value!);
    }

    /// <summary>VOS860, its last part: one akey twice in an update.</summary>
    [Fact]
    public void Update_WithOneAkeyTwice_IsRefused()
    {
        var store = new ObjectFixture();
        Assert.Equal(DerCode.NoPerm, store.PutMany("a", 0, [("c", [1], 0), ("c", [2], 0), ("d", [3], 0)]));
        Assert.Equal(DerCode.NoPerm, store.PutMany("a", 0, [("new", [1], 0), ("f", [2], 0), ("new", [3], 0)]));
        Assert.Null(store.Get("a", "f").Value);
    }

    /// <summary>VOS863: each akey has its own condition.</summary>
    [Fact]
    public void PerAkey_MixedConditions_HoldForTheirOwnAkey()
    {
        var store = new ObjectFixture();
        const UpdateConditions PerAkey = UpdateConditions.PerAkey;
        Assert.Equal(DerCode.Nonexist, store.PutMany("d", PerAkey, [("a1", [1], 0), ("a2", [2], Update)]));
        Assert.Null(store.Get("d", "a1").Value);
        Assert.Equal(DerCode.Success, store.PutMany("d", 0, [("a1", [1], Update)]));
        Assert.Equal(DerCode.Nonexist, store.PutMany("d", PerAkey, [("a1", [1], 0), ("a2", [2], Update)]));
        Assert.Equal(DerCode.Success, store.PutMany("d", PerAkey, [("a1", [1], 0), ("a2", [2], Insert)]));
        Assert.Equal(DerCode.Success, store.PutMany("d", PerAkey, [("a1", [3], Update), ("a2", [4], Update)]));
        Assert.Equal(DerCode.Exists, store.PutMany("d", PerAkey, [("a1", [1], 0), ("a2", [2], Insert)]));
        Assert.Equal([3], store.Get("d", "a1").Value!);
        Assert.Equal(DerCode.Success, store.GetMany("d", PerAkey, [("a1", 0), ("a2", Fetch)]));
        Assert.Equal(DerCode.Success, store.Punch("d", "a2", PunchScope.Akeys).Code);
        Assert.Equal(DerCode.Nonexist, store.GetMany("d", PerAkey, [("a1", 0), ("a2", Fetch)]));
        Assert.Equal(DerCode.Success, store.GetMany("d", PerAkey, [("a1", Fetch), ("a2", 0)]));
        Assert.Equal(DerCode.Nonexist, store.GetMany("d", Fetch, [("a1", 0), ("a2", 0)]));
        Assert.Equal(DerCode.Success, store.PutMany("d", PerAkey | UpdateConditions.DkeyUpdate, [("a2", [5], Insert)]));
    }

    [Fact]
    public void PerAkey_WithConditionsOnAllAkeys_IsRefused()
    {
        var store = new ObjectFixture();
        Assert.Equal(DerCode.Invalid, store.PutMany("d", UpdateConditions.PerAkey | Insert, [("a", [1], 0)]));
        Assert.Equal(DerCode.Invalid, store.PutMany("d", UpdateConditions.PerAkey | Update, [("a", [1], 0)]));
        Assert.Equal(DerCode.Invalid, store.GetMany("d", UpdateConditions.PerAkey | Fetch, [("a", 0)]));
    }

    [Fact]
    public void Punch_OfSeveralAkeysUnderCondition_IsAllOrNothing()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [1]);
        store.Put("d", "b", [1]);
        Assert.Equal(DerCode.Nonexist, store.PunchMany("d", UpdateConditions.Punch, "a", "x"));
        Assert.Equal([1], store.Get("d", "a").Value!);
        Assert.Equal(DerCode.Success, store.PunchMany("d", UpdateConditions.None, "a", "x"));
        Assert.Null(store.Get("d", "a").Value);
        Assert.Equal([1], store.Get("d", "b").Value!);
    }
}
