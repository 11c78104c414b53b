using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Listing;

/// <summary>DAOS's key query scenarios (vts_io.c, VOS300).</summary>
public class KeyQueryTests
{
    private const ulong Keys = 5;
    private const ulong Step = 3;
    private const KeyQueryFlags Everything = KeyQueryFlags.Dkey | KeyQueryFlags.Akey | KeyQueryFlags.Recx;
    private static readonly ObjectId s_object = ObjectId.Create(0, 1, ObjectType.MultiUInt64);

    /// <summary>VOS300.2: largest and smallest dkey, akey and record, each way, while keys go one after the other.</summary>
    [Fact]
    public void Query_WhilePunchesGoOn_FindsWhatIsLeft()
    {
        var store = new ObjectFixture();
        for (ulong dkey = 1; dkey <= Keys; dkey++)
        {
            for (ulong akey = 1; akey <= Keys; akey++)
            {
                Write(store, dkey, akey, 0);
                Write(store, dkey, akey, 1);
                Write(store, dkey, akey, 2);
            }
        }

        Assert.Equal((5 * Step, 5 * Step, 2UL, 1UL), Query(store, Everything | KeyQueryFlags.Max));
        Assert.Equal((1 * Step, 1 * Step, 0UL, 1UL), Query(store, Everything));
        Epoch before = store.Run(() => store.Calls.WriteAsync(KeysOf(5, 5), 1, (1, 2, null))).Epoch;
        Assert.Equal((5 * Step, 5 * Step, 0UL, 1UL), Query(store, Everything | KeyQueryFlags.Max));
        Assert.Equal((5 * Step, 5 * Step, 2UL, 1UL), Query(store, Everything | KeyQueryFlags.Max, new Epoch(before.Value - 1)));

        Punch(store, 5, 5, PunchScope.Akeys);
        Punch(store, 5, 1, PunchScope.Akeys);
        Assert.Equal(2 * Step, Query(store, KeyQueryFlags.Akey, dkey: 5).Akey);
        Assert.Equal(4 * Step, Query(store, KeyQueryFlags.Akey | KeyQueryFlags.Max, dkey: 5).Akey);
        for (ulong akey = 2; akey < Keys; akey++)
        {
            Punch(store, 5, akey, PunchScope.Akeys);
        }

        Assert.Equal(DerCode.Nonexist, Code(store, KeyQueryFlags.Akey | KeyQueryFlags.Max, 5));
        Assert.Equal((4 * Step, 5 * Step, 2UL, 1UL), Query(store, Everything | KeyQueryFlags.Max));
        Punch(store, 1, 0, PunchScope.Dkey);
        Assert.Equal(2 * Step, Query(store, KeyQueryFlags.Dkey).Dkey);
        Punch(store, 0, 0, PunchScope.Object);
        Assert.Equal(DerCode.Nonexist, Code(store, KeyQueryFlags.Dkey | KeyQueryFlags.Max, 1));
    }

    /// <summary>VOS300.1: a dkey whose array lost all its records is passed over; the next update brings it back.</summary>
    [Fact]
    public void Query_KeyWithoutRecords_IsPassedOverUntilWrittenAgain()
    {
        var store = new ObjectFixture();
        Write(store, 1, 1, 7);
        Write(store, 2, 1, 9);
        store.Run(() => store.Calls.WriteAsync(KeysOf(2, 1), 1, (0, 100, null)));
        Assert.Equal((Step, Step, 7UL, 1UL), Query(store, Everything | KeyQueryFlags.Max));
        Assert.Equal(2 * Step, Query(store, KeyQueryFlags.Dkey | KeyQueryFlags.Max).Dkey);
        Write(store, 2, 1, 11);
        Assert.Equal((2 * Step, Step, 11UL, 1UL), Query(store, Everything | KeyQueryFlags.Max));
    }

    /// <summary>VOS300.3: what is not asked, cannot be ordered or is not there.</summary>
    [Fact]
    public void Query_Senseless_IsRefused()
    {
        var store = new ObjectFixture();
        Assert.Equal(DerCode.Nonexist, Code(store, KeyQueryFlags.Dkey | KeyQueryFlags.Max, 1));
        Write(store, 1, 1, 7);
        Assert.Equal(DerCode.Invalid, Code(store, KeyQueryFlags.Max, 1));
        Assert.Equal(DerCode.Nonexist, Code(store, KeyQueryFlags.Akey | KeyQueryFlags.Max, 2));
        Assert.Equal(DerCode.Success, Code(store, KeyQueryFlags.Akey | KeyQueryFlags.Max, 1));
        store.Put("d", "a", [1]);
        DerCode code = default;
        store.On(() => code = store.Calls.Query(CallKeys.Of("d", "a"), KeyQueryFlags.Dkey).Code);
        Assert.Equal(DerCode.Invalid, code);
        store.On(() => code = store.Calls.Query(CallKeys.Of("d", "a"), KeyQueryFlags.Recx).Code);
        Assert.Equal(DerCode.Nonexist, code);
    }

    /// <summary>VOS280: the same object id in two containers is two objects.</summary>
    [Fact]
    public void Object_OfTheSameIdInTwoContainers_IsTwo()
    {
        var store = new ObjectFixture();
        var other = new ContainerId(new Guid("99992222-3333-4444-5555-666677778888"));
        store.Put("d", "a", [1]);
        store.Run(() =>
        {
            Assert.Equal(DerCode.Success, store.Shard.CreateContainer(other, out LogPosition position));
            return store.Shard.WaitStableAsync(position);
        });
        var calls = new StoreCalls(store.Shard, other);
        Assert.Null(store.Run(() => calls.GetAsync(CallKeys.Of("d", "a"))).Value);
        store.Run(() => calls.PutAsync(CallKeys.Of("d", "a"), [2]));
        store.Punch("", "", PunchScope.Object);
        Assert.Null(store.Get("d", "a").Value);
        Assert.Equal([2], store.Run(() => calls.GetAsync(CallKeys.Of("d", "a"))).Value!);
    }

    private static CallKeys KeysOf(ulong dkey, ulong akey) =>
        new(s_object, BitConverter.GetBytes(dkey * Step), BitConverter.GetBytes(akey * Step));

    private static void Write(ObjectFixture store, ulong dkey, ulong akey, ulong index) =>
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(KeysOf(dkey, akey), 1, (index, 1, [1]))).Code);

    private static void Punch(ObjectFixture store, ulong dkey, ulong akey, PunchScope scope) =>
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.PunchAsync(KeysOf(dkey, akey), scope)).Code);

    private static (ulong Dkey, ulong Akey, ulong Index, ulong Count) Query(
        ObjectFixture store, KeyQueryFlags flags, Epoch epoch = default, ulong dkey = 1)
    {
        (DerCode Code, ulong Dkey, ulong Akey, KeyQueryResult Result) found = default;
        store.On(() => found = store.Calls.Query(KeysOf(dkey, 1) with { Epoch = epoch }, flags));
        Assert.Equal(DerCode.Success, found.Code);
        return (found.Dkey, found.Akey, found.Result.Index, found.Result.Count);
    }

    private static DerCode Code(ObjectFixture store, KeyQueryFlags flags, ulong dkey)
    {
        DerCode code = default;
        store.On(() => code = store.Calls.Query(KeysOf(dkey, 1), flags).Code);
        return code;
    }
}
