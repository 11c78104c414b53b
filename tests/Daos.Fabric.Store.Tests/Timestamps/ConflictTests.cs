using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Timestamps;

/// <summary>
/// DAOS's matrix of reads and writes (vts_mvcc.c, VOS900 and VOS901): a read at one epoch, then a write of something that overlaps at an
/// older, the same or a newer one; and operations whose epoch is uncertain.
/// </summary>
public class ConflictTests
{
    private const ulong First = 1000;

    private enum Level { Container, Object, Dkey, Akey }

    private enum Want { Nothing, Empty, Nonempty }

    /// <summary>An operation of the matrix; Reads and Writes say what must be there before, and what is there after.</summary>
    private sealed record Op(
        string Name, Level? ReadLevel, Level? WriteLevel, Want Reads, Want Writes, Func<ObjectFixture, CallKeys, DerCode> Run)
    {
        internal bool IsPunch => Name.StartsWith("punch", StringComparison.Ordinal);
    }

    private static readonly Op[] s_ops =
    [
        new("fetch", Level.Akey, null, Want.Nothing, Want.Nothing, (store, keys) => Fetch(store, keys, 0)),
        new("fetch_dne", Level.Dkey, null, Want.Nonempty, Want.Nothing, (store, keys) => Fetch(store, keys, UpdateConditions.DkeyFetch)),
        new("fetch_ane", Level.Akey, null, Want.Nonempty, Want.Nothing, (store, keys) => Fetch(store, keys, UpdateConditions.AkeyFetch)),
        new("listo", Level.Container, null, Want.Nothing, Want.Nothing, (store, keys) => Iterate(store, keys, IterationLevel.Objects)),
        new("listd", Level.Object, null, Want.Nothing, Want.Nothing, (store, keys) => List(store, keys, dkeys: true)),
        new("lista", Level.Dkey, null, Want.Nothing, Want.Nothing, (store, keys) => List(store, keys, dkeys: false)),
        new("listr", Level.Akey, null, Want.Nothing, Want.Nothing, ListExtents),
        new("iterated", Level.Object, null, Want.Nothing, Want.Nothing, (store, keys) => Iterate(store, keys, IterationLevel.Dkeys)),
        new("iterater", Level.Akey, null, Want.Nothing, Want.Nothing, (store, keys) => Iterate(store, keys, IterationLevel.Extents)),
        new("querymaxd", Level.Object, null, Want.Nonempty, Want.Nothing, (store, keys) => Query(store, keys, KeyQueryFlags.Dkey)),
        new("querymina", Level.Dkey, null, Want.Nonempty, Want.Nothing, (store, keys) => Query(store, keys, KeyQueryFlags.Akey)),
        new("querymaxr", Level.Akey, null, Want.Nonempty, Want.Nothing, (store, keys) => Query(store, keys, KeyQueryFlags.Recx)),
        new("querymaxdar", Level.Object, null, Want.Nonempty, Want.Nothing,
            (store, keys) => Query(store, keys, KeyQueryFlags.Dkey | KeyQueryFlags.Akey | KeyQueryFlags.Recx | KeyQueryFlags.Max)),
        new("update_de", Level.Dkey, Level.Akey, Want.Empty, Want.Nonempty, (store, keys) => Update(store, keys, UpdateConditions.DkeyInsert)),
        new("update_dne", Level.Dkey, Level.Akey, Want.Nonempty, Want.Nonempty, (store, keys) => Update(store, keys, UpdateConditions.DkeyUpdate)),
        new("update_ae", Level.Akey, Level.Akey, Want.Empty, Want.Nonempty, (store, keys) => Update(store, keys, UpdateConditions.AkeyInsert)),
        new("update_ane", Level.Akey, Level.Akey, Want.Nonempty, Want.Nonempty, (store, keys) => Update(store, keys, UpdateConditions.AkeyUpdate)),
        new("puncho_one", Level.Object, Level.Object, Want.Nonempty, Want.Empty,
            (store, keys) => Punch(store, keys, PunchScope.Object, UpdateConditions.Punch)),
        new("punchd_dne", Level.Dkey, Level.Dkey, Want.Nonempty, Want.Empty,
            (store, keys) => Punch(store, keys, PunchScope.Dkey, UpdateConditions.Punch)),
        new("puncha_ane", Level.Akey, Level.Akey, Want.Nonempty, Want.Empty,
            (store, keys) => Punch(store, keys, PunchScope.Akeys, UpdateConditions.Punch)),
        new("update", null, Level.Akey, Want.Nothing, Want.Nonempty, (store, keys) => Update(store, keys, 0)),
        new("puncho", null, Level.Object, Want.Nothing, Want.Empty, (store, keys) => Punch(store, keys, PunchScope.Object, 0)),
        new("punchd", null, Level.Dkey, Want.Nothing, Want.Empty, (store, keys) => Punch(store, keys, PunchScope.Dkey, 0)),
        new("puncha", null, Level.Akey, Want.Nothing, Want.Empty, (store, keys) => Punch(store, keys, PunchScope.Akeys, 0)),
    ];

    /// <summary>VOS900: conflicting read and write, in transactions of their own or in the same one.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void ReadThenWrite_EveryPair_RestartsTheOlderWrite(bool isEmpty, bool spreads)
    {
        var store = new ObjectFixture(
            change: options => options with { ArenaReserveBytes = 256 << 20, PunchSpreadsToObject = spreads });
        ulong epoch = First;
        uint number = 0;
        int cases = 0;
        foreach (Op read in s_ops.Where(op => op.ReadLevel is not null))
        {
            foreach (Op write in s_ops.Where(op => op.WriteLevel is not null))
            {
                foreach ((ulong re, ulong we, bool isSame) in new (ulong, ulong, bool)[] { (10UL, 0UL, false), (5, 5, false), (5, 5, true), (0, 10, false) })
                {
                    if (!isEmpty && !spreads && we >= re && write.Name == "puncho_one" && read.Name is "punchd_dne" or "puncha_ane")
                    {
                        // The object stays when its last key goes, unless punches spread to it.
                        continue;
                    }

                    epoch += 100;
                    CallKeys keys = KeysOf(++number);
                    cases += Check(store, keys, read, epoch + re, write, epoch + we, isEmpty, isSame) ? 1 : 0;
                }
            }
        }

        Assert.True(cases > 500, $"only {cases} cases");
    }

    /// <summary>VOS901: what was written between an operation's epoch and the end of what is uncertain makes it come again.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WriteThenUncertainOperation_EveryPair_RestartsIt(bool isEmpty)
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 256 << 20 });
        ulong epoch = First;
        uint number = 0;
        foreach (Op write in s_ops.Where(op => op.ReadLevel is null && !(isEmpty && op.IsPunch)))
        {
            foreach (Op after in s_ops)
            {
                // What exists goes on existing when it is updated, and an object when its keys are punched: only those must come again who
                // look at what was touched.
                bool isTouched = isEmpty || (write.IsPunch && (write.Name == "puncho" || after.Name != "listo")) || after.Name is "fetch" or "fetch_ane" or "update" or "update_dne" or "update_ane"
                    || after.IsPunch;
                foreach ((ulong we, ulong bound) in new (ulong, ulong)[] { (5UL, 5UL), (5, 20), (20, 5) })
                {
                    epoch += 100;
                    CallKeys keys = KeysOf(++number);
                    string what = $"{write.Name} at +{we}, then {after.Name} up to +{bound}, {(isEmpty ? "empty" : "nonempty")}";
                    if (!isEmpty)
                    {
                        Assert.Equal(DerCode.Success, Update(store, keys with { Epoch = new Epoch(epoch - 1) }, 0));
                    }

                    Assert.Equal(DerCode.Success, write.Run(store, keys with { Epoch = new Epoch(epoch + we) }));
                    DerCode code = after.Run(
                        store, keys with { Epoch = new Epoch(epoch), EpochBound = new Epoch(epoch + bound), Transaction = Id(number) });
                    if (we <= bound && isTouched)
                    {
                        Assert.True(code == DerCode.TxRestart, $"{what}: {code}");
                    }
                    else if (we > bound && after.WriteLevel is null)
                    {
                        DerCode expected = after.Reads == Want.Nonempty && isEmpty ? DerCode.Nonexist : DerCode.Success;
                        Assert.True(code == expected, $"{what}: {code} for {expected}");
                    }
                }
            }
        }
    }

    /// <summary>What a closed store had read is not known after it was opened: older writes come again, replays do not ask.</summary>
    [Fact]
    public void Write_OlderThanTheOpening_RestartsUnlessReplayed()
    {
        var store = new ObjectFixture(isVolatile: false);
        Epoch before = store.Put("d", "a", [1]).Epoch;
        Epoch between = store.Put("d", "b", [1]).Epoch;
        store.Reopen();
        Assert.Equal(DerCode.TxRestart, store.Put("d", "c", [2], before.Value + 1).Code);
        Assert.Equal(DerCode.TxRestart, store.Punch("d", "a", PunchScope.Akeys, between.Value).Code);
        CallKeys replayed = CallKeys.Of("d", "c") with { Epoch = new Epoch(before.Value + 1), Flags = OperationFlags.Replay };
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.PutAsync(replayed, [2])).Code);
        Assert.Equal([2], store.Get("d", "c", between.Value).Value!);
        Assert.Equal(DerCode.Success, store.Put("d", "c", [3]).Code);
    }

    /// <summary>VOS860: an older update after a condition looked, and one beside it.</summary>
    [Fact]
    public void Update_OlderThanACondition_RestartsWhereItLooked()
    {
        var store = new ObjectFixture();
        Epoch looked = new(2000);
        Assert.Equal(DerCode.Nonexist, store.Put("a", "b", [1], looked.Value, UpdateConditions.DkeyUpdate).Code);
        Assert.Equal(DerCode.TxRestart, store.Put("a", "b", [1], looked.Value - 3).Code);
        Assert.Equal(DerCode.TxRestart, store.Put("a", "other", [1], looked.Value - 3).Code);
        Assert.Equal(DerCode.Success, store.Put("beside", "b", [1], looked.Value - 3).Code);
        Assert.Equal(DerCode.Nonexist, store.Put("beside", "x", [1], looked.Value, UpdateConditions.AkeyUpdate).Code);
        Assert.Equal(DerCode.TxRestart, store.Put("beside", "x", [1], looked.Value - 2).Code);
        Assert.Equal(DerCode.Success, store.Put("beside", "y", [1], looked.Value - 2).Code);
        Assert.Equal(DerCode.Success, store.Put("a", "b", [1], looked.Value + 1).Code);
    }

    /// <summary>A punch of nothing leaves nothing in the trees, so an older write must not show up behind it.</summary>
    [Fact]
    public void Update_OlderThanAPunchOfNothing_Restarts()
    {
        var store = new ObjectFixture();
        CallKeys array = CallKeys.Of("d", "array") with { Epoch = new Epoch(2000) };
        Assert.Equal(DerCode.Success, store.Run(() => store.Calls.WriteAsync(array, 1, (0, 10, null))).Code);
        Assert.Equal(DerCode.Success, store.Punch("e", "", PunchScope.Dkey, 2000).Code);
        Assert.Equal(DerCode.Success, store.Put("f", "a", [1], 1900).Code);
        Assert.Equal(DerCode.Success, store.Punch("f", "b", PunchScope.Akeys, 2000).Code);
        Assert.Equal(DerCode.TxRestart, store.Run(() => store.Calls.WriteAsync(
            array with { Epoch = new Epoch(1999) }, 1, (0, 10, new byte[10]))).Code);
        Assert.Equal(DerCode.TxRestart, store.Put("e", "a", [1], 1999).Code);
        Assert.Equal(DerCode.TxRestart, store.Put("f", "b", [1], 1999).Code);
        Assert.Equal(DerCode.Success, store.Put("g", "a", [1], 1999).Code);
        Assert.Equal(DerCode.Success, store.Put("e", "a", [1], 2001).Code);
    }

    /// <summary>A punch that took something away stands in the trees and hides older writes by itself: they need not come again.</summary>
    [Fact]
    public void Update_OlderThanAPunchOfSomething_LandsBelowIt()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [1], 1000);
        store.Put("e", "a", [1], 1000);
        Assert.Equal(DerCode.Success, store.Punch("d", "", PunchScope.Dkey, 2000).Code);
        Assert.Equal(DerCode.Success, store.Punch("e", "", PunchScope.Dkey, 2000, UpdateConditions.Punch).Code);
        Assert.Equal(DerCode.Success, store.Put("d", "b", [2], 1500).Code);
        Assert.Equal([2], store.Get("d", "b", 1999).Value!);
        Assert.Null(store.Get("d", "b").Value);
        Assert.Equal(DerCode.TxRestart, store.Put("e", "b", [2], 1500).Code);
        Assert.Equal(DerCode.Success, store.Punch("", "", PunchScope.Object, 3000).Code);
        Assert.Equal(DerCode.Success, store.Put("f", "a", [3], 2500).Code);
        Assert.Equal([3], store.Get("f", "a", 2999).Value!);
        Assert.Null(store.Get("f", "a").Value);
    }

    [Fact]
    public void Read_OfATransactionAboveTheClock_IsRefused()
    {
        var store = new ObjectFixture(isVolatile: false);
        CallKeys keys = CallKeys.Of("d", "a") with { Epoch = new Epoch(ulong.MaxValue - 1), Transaction = Id(1) };
        Assert.Equal(DerCode.HlcSync, store.Run(() => store.Calls.GetAsync(keys)).Code);
        Assert.Equal(DerCode.Success, store.Put("d", "a", [1]).Code);
    }

    // False for a case that says nothing: a condition that fails ends its transaction.
    private static bool Check(ObjectFixture store, CallKeys keys, Op read, ulong re, Op write, ulong we, bool isEmpty, bool isSame)
    {
        DerCode expectedRead = read.Reads == Want.Empty && !isEmpty ? DerCode.Exists
            : read.Reads == Want.Nonempty && isEmpty ? DerCode.Nonexist
            : DerCode.Success;
        if (isSame && expectedRead.IsError)
        {
            return false;
        }

        if (!isEmpty)
        {
            Assert.Equal(DerCode.Success, Update(store, keys with { Epoch = new Epoch(re - 1) }, 0));
        }

        string what = $"{(isEmpty ? "empty" : "nonempty")}: {read.Name} at {re}, {write.Name} at {we}, {(isSame ? "same" : "other")} transaction";
        CallKeys reader = keys with { Epoch = new Epoch(re), Transaction = Id(re * 2), Minor = 1 };
        DerCode code = read.Run(store, reader);
        Assert.True(code == expectedRead, $"{what}: the read gave {code} for {expectedRead}");

        DerCode expected = re > we || (re == we && !isSame) ? DerCode.TxRestart : DerCode.Success;
        if (write.Reads != Want.Nothing)
        {
            bool wasEmpty = re > we || (expectedRead.IsSuccess && read.Writes != Want.Nothing ? read.Writes == Want.Empty : isEmpty);
            expected = write.Reads == Want.Empty && !wasEmpty ? DerCode.Exists
                : write.Reads == Want.Nonempty && wasEmpty ? DerCode.Nonexist
                : expected;
        }

        CallKeys writer = keys with { Epoch = new Epoch(we), Transaction = isSame ? Id(re * 2) : Id((we * 2) + 1), Minor = 2 };
        code = write.Run(store, writer);
        Assert.True(code == expected, $"{what}: the write gave {code} for {expected}");
        return true;
    }

    private static TransactionId Id(ulong number) => new(new Guid("55556666-7777-8888-9999-aaaabbbbcccc"), number);

    private static CallKeys KeysOf(uint number) =>
        new(ObjectId.Create(0, number, ObjectType.MultiUInt64), BitConverter.GetBytes(7UL), BitConverter.GetBytes(9UL));

    private static DerCode Fetch(ObjectFixture store, CallKeys keys, UpdateConditions conditions) =>
        store.Run(() => store.Calls.ReadAsync(keys with { Conditions = conditions }, 0, 1)).Code;

    private static DerCode Update(ObjectFixture store, CallKeys keys, UpdateConditions conditions) =>
        store.Run(() => store.Calls.WriteAsync(keys with { Conditions = conditions }, 1, (0, 1, [1]))).Code;

    private static DerCode Punch(ObjectFixture store, CallKeys keys, PunchScope scope, UpdateConditions conditions) =>
        store.Run(() => store.Calls.PunchAsync(keys with { Conditions = conditions }, scope)).Code;

    private static DerCode Iterate(ObjectFixture store, CallKeys keys, IterationLevel level) =>
        store.Iterate(level, keys, new IterationRequest { High = keys.Epoch, Filter = IterationFilter.Visible }, 100_000).Code;

    private static DerCode List(ObjectFixture store, CallKeys keys, bool dkeys)
    {
        DerCode code = default;
        store.On(() => code = store.Calls.List(keys, dkeys, 100).Code);
        return code;
    }

    private static DerCode ListExtents(ObjectFixture store, CallKeys keys) => store.ListExtents(keys, 240).Code;

    private static DerCode Query(ObjectFixture store, CallKeys keys, KeyQueryFlags flags)
    {
        DerCode code = default;
        store.On(() => code = store.Calls.Query(keys, flags).Code);
        return code;
    }
}
