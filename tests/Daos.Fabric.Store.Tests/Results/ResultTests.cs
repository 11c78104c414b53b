using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Results;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Results;

public class ResultTests
{
    private static readonly Guid s_client = new("aaaaaaaa-0000-0000-0000-000000000001");

    private static ModificationId Id(ulong sequence, ulong lowest = 1) => new(s_client, sequence, lowest);

    [Fact]
    public void Resend_OfUpdate_GetsFirstAnswerAndChangesNothing()
    {
        var store = new ObjectFixture();
        (DerCode code, Epoch epoch) = store.Put("d", "a", [1], id: Id(1));
        Assert.Equal(DerCode.Success, code);
        store.Put("d", "a", [2], id: Id(2));
        Assert.Equal((DerCode.Success, epoch), store.Put("d", "a", [1], id: Id(1)));
        Assert.Equal([2], store.Get("d", "a").Value!);
    }

    [Fact]
    public void Resend_OfRefusal_HearsTheSameAlthoughItWouldSucceedNow()
    {
        var store = new ObjectFixture();
        (DerCode code, Epoch epoch) = store.Put("d", "a", [1], conditions: UpdateConditions.DkeyUpdate, id: Id(1));
        Assert.Equal(DerCode.Nonexist, code);
        store.Put("d", "a", [2], id: Id(2));
        Assert.Equal((DerCode.Nonexist, epoch), store.Put("d", "a", [1], conditions: UpdateConditions.DkeyUpdate, id: Id(1)));
        Assert.Equal([2], store.Get("d", "a").Value!);
    }

    [Fact]
    public void Resend_OfPunch_DoesNotTakeAwayWhatCameAfter()
    {
        var store = new ObjectFixture();
        store.Put("d", "a", [1], id: Id(1));
        (DerCode code, Epoch epoch) = store.Punch("d", "", PunchScope.Dkey, id: Id(2));
        Assert.Equal(DerCode.Success, code);
        store.Put("d", "a", [3], id: Id(3));
        Assert.Equal((DerCode.Success, epoch), store.Punch("d", "", PunchScope.Dkey, id: Id(2)));
        Assert.Equal([3], store.Get("d", "a").Value!);
    }

    [Fact]
    public void Resend_AfterItsAnswerWasHeard_IsRefusedForEver()
    {
        var store = new ObjectFixture(isVolatile: false);
        for (ulong i = 1; i <= 200; i++)
        {
            Assert.Equal(DerCode.Success, store.Put("d", "a", BitConverter.GetBytes(i), id: Id(i, i)).Code);
        }

        Assert.Equal(DerCode.EpochOld, store.Put("d", "a", [9], id: Id(50, 50)).Code);
        store.Crash(CrashKind.Power);
        Assert.Equal(DerCode.EpochOld, store.Put("d", "a", [9], id: Id(50, 50)).Code);

        // Answers that are still in the ring are given again; nothing is executed either way.
        Assert.Equal(DerCode.Success, store.Put("d", "a", [9], id: Id(199, 50)).Code);
        Assert.Equal(DerCode.Success, store.Put("d", "a", [9], id: Id(200, 50)).Code);
        Assert.Equal(BitConverter.GetBytes(200UL), store.Get("d", "a").Value!);
    }

    [Fact]
    public void Ring_ManyInFlight_GrowsAndFindsEveryone()
    {
        var store = new ObjectFixture(1, options => options with { LogBytes = 16 << 20, LogBlockBytes = 256 << 10 }, isVolatile: false);
        var epochs = new Dictionary<ulong, Epoch>();
        ulong[] sequences = [.. Enumerable.Range(1, 1500).Select(i => (ulong)i), 4096];
        foreach (ulong sequence in sequences)
        {
            (DerCode code, epochs[sequence]) = store.Put("d", "a", BitConverter.GetBytes(sequence), id: Id(sequence));
            Assert.Equal(DerCode.Success, code);
        }

        Assert.Equal(DerCode.OverloadRetry, store.Put("d", "a", [1], id: Id(4097)).Code);
        store.Reopen();
        foreach (ulong sequence in sequences)
        {
            store.On(() =>
            {
                Assert.Equal(DerCode.Success, store.Shard.FindResult(Id(sequence), out StoredResult result, out _));
                Assert.Equal(epochs[sequence], result.Epoch);
            });
        }

        store.On(() => Assert.Equal(DerCode.Nonexist, store.Shard.FindResult(Id(2000), out _, out _)));
    }

    [Fact]
    public void Evict_Client_ForgetsItAndFreesItsRing()
    {
        var store = new ObjectFixture();
        ulong before = store.Shard.Arena.LiveBytes;
        for (ulong i = 1; i < 100; i++)
        {
            store.Punch("nothing", "", PunchScope.Dkey, id: Id(i));
        }

        store.On(() =>
        {
            Assert.Equal(s_client, store.Shard.FirstClientIdleSince(Epoch.Max));
            Assert.Equal(DerCode.Success, store.Shard.EvictClient(s_client, out _));
            Assert.Equal(DerCode.Nonexist, store.Shard.EvictClient(s_client, out _));
            Assert.Equal(DerCode.Nonexist, store.Shard.FindResult(Id(5), out _, out _));
        });
        Assert.Equal(before, store.Shard.Arena.LiveBytes);
    }
}
