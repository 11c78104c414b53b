using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Checking;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Tests.Checking;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Tests.Transactions.Tables;

/// <summary>
/// Commits of many transactions and aborts of large ones take several local transactions. The power goes anywhere between them, and again
/// while the store is opened: each transaction is prepared and unseen, or decided, whole.
/// </summary>
public class TransactionStepTests
{
    private const int Transactions = 20;
    private const int PutsEach = 60;
    private const int Dkeys = 3;
    private const int Cuts = 24;

    private static readonly Lazy<DiskImage> s_prepared = new(MakePrepared);
    private static readonly TransactionId[] s_ids = [.. Enumerable.Range(0, Transactions).Select(ObjectFixture.Id)];

    private enum Found { Prepared, Committed, Gone }

    [Fact]
    public void Discard_OfMany_TakesManyStepsThatFitTheLog()
    {
        using var world = new StoreWorld(1);
        StoreShard shard = Open(world);
        long before = shard.Transaction.CommittedCount;
        Assert.Equal(DerCode.Success, world.Run(() => DiscardAsync(shard)));
        Assert.True(shard.Transaction.CommittedCount - before >= 2 * Transactions, "most aborts took one step");
        Assert.All(JudgeAll(world, shard, expectsCommit: false), found => Assert.Equal(Found.Gone, found));
    }

    [Fact]
    public void Commit_OfMany_TakesStepsThatFitTheLog()
    {
        using var world = new StoreWorld(1);
        StoreShard shard = Open(world);
        long before = shard.Transaction.CommittedCount;
        Assert.Equal((DerCode.Success, Transactions), world.Run(() => Calls(shard).CommitAsync(s_ids)));
        Assert.True(shard.Transaction.CommittedCount - before > 1, "everything fits one local transaction");
        Assert.All(JudgeAll(world, shard, expectsCommit: true), found => Assert.Equal(Found.Committed, found));
    }

    /// <summary>What entries give back counts as much as what they change: the log of this store admits a few hundred at a time.</summary>
    [Fact]
    public void Commit_OfThousandSmallOnes_TakesStepsThatFitTheLog()
    {
        var store = new ObjectFixture(
            change: options => options with { ArenaReserveBytes = 32 << 20, LogBytes = 256 << 10, LogBlockBytes = 8 << 10 }, isVolatile: false);
        TransactionId[] ids = [.. Enumerable.Range(0, 1000).Select(ObjectFixture.Id)];
        Array.ForEach(ids, id => Assert.Equal(DerCode.Success, store.Prepare(id, TransactionStep.Put("d", "a", [1])).Code));
        Assert.Equal(1000, store.Commit(ids));
        store.Crash(CrashKind.Power);
        Assert.Equal(ids, store.CommittedTransactions(100));
        Assert.Equal([1], store.Get("d", "a").Value!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Decision_CutAnywhere_IsThereOrNotForEachTransaction(bool commits)
    {
        var seen = new Dictionary<Found, int> { [Found.Prepared] = 0, [Found.Committed] = 0, [Found.Gone] = 0 };
        long half = 0;
        long durationNs = Decide(commits);
        for (int cut = 0; cut < Cuts; cut++)
        {
            using var world = new StoreWorld((ulong)cut + 100);
            StoreShard shard = Open(world);
            StartDeciding(world, shard, commits);
            world.World.RunFor(durationNs * (cut + 1) / Cuts);
            DiskImage image = world.Node.Disk.Capture().AfterPowerCut((ulong)cut);

            using var after = new StoreWorld((ulong)cut + 200);
            after.Node.Disk.Restore(image);
            CheckReport report = Inspector.Inspect(after);
            Assert.Equal(0, report.DamageCount);
            half += report.Counts.GetValueOrDefault("transactions being aborted");
            for (int again = cut % 3; again > 0; again--)
            {
                after.Start(async () => await StoreShard.OpenAsync(after.Loop, Options(after)));
                after.World.RunFor(after.World.Random.Next(3_000_000L));
                after.Crash(CrashKind.Power);
            }

            StoreShard opened = after.Open(Options(after));
            Found[] found = JudgeAll(after, opened, commits);
            Assert.DoesNotContain(commits ? Found.Gone : Found.Committed, found);
            Array.ForEach(found, one => seen[one]++);
            after.Run(() => opened.CloseAsync());
            Inspector.AssertSound(after, $"cut {cut}");
        }

        Assert.True(seen[Found.Prepared] > Transactions, "the cuts came too late");
        Assert.True(seen[commits ? Found.Committed : Found.Gone] > Transactions, "the cuts came too early");
        Assert.True(commits || half > 0, "no cut met a transaction that was half aborted");
    }

    private static StoreOptions Options(StoreWorld world) => world.Options() with
    {
        ArenaReserveBytes = 32 << 20,
        LogBytes = 256 << 10,
        LogBlockBytes = 8 << 10,
        CheckpointIntervalMs = 1 << 20,
    };

    private static StoreCalls Calls(StoreShard shard) => new(shard, ObjectFixture.Container);

    private static StoreShard Open(StoreWorld world)
    {
        world.Node.Disk.Restore(s_prepared.Value);
        return world.Open(Options(world));
    }

    private static DiskImage MakePrepared()
    {
        using var world = new StoreWorld(9);
        StoreShard shard = world.Create(Options(world));
        StoreCalls calls = Calls(shard);
        world.Run(async () =>
        {
            Assert.Equal(DerCode.Success, shard.CreateContainer(ObjectFixture.Container, out _));
            for (int i = 0; i < Dkeys; i++)
            {
                Assert.Equal(DerCode.Success, (await calls.PutAsync(CallKeys.Of(Dkey(i), "kept"), [9])).Code);
            }

            for (int i = 0; i < Transactions; i++)
            {
                int number = i;
                TransactionStep[] puts = [.. Enumerable.Range(0, PutsEach).Select(put => TransactionStep.Put(Dkey(number), $"{number}.{put}", Value(number)))];
                Assert.Equal(DerCode.Success, (await calls.PrepareAsync(s_ids[i], TransactionFlags.Leader, puts)).Code);
            }
        });
        world.Crash(CrashKind.Power);
        return world.Node.Disk.Capture();
    }

    // Several transactions write below one dkey.
    private static string Dkey(int number) => $"d{number % Dkeys}";

    private static byte[] Value(int number) => [(byte)number, 1, 2, 3];

    private static long Decide(bool commits)
    {
        using var world = new StoreWorld(3);
        StoreShard shard = Open(world);
        long start = world.World.NowNs;
        world.Run(() => DecideAsync(shard, commits));
        return world.World.NowNs - start;
    }

    private static void StartDeciding(StoreWorld world, StoreShard shard, bool commits) =>
        world.Start(async () => await DecideAsync(shard, commits));

    private static async ValueTask<DerCode> DecideAsync(StoreShard shard, bool commits) =>
        commits ? (await Calls(shard).CommitAsync(s_ids)).Code : await DiscardAsync(shard);

    private static async ValueTask<DerCode> DiscardAsync(StoreShard shard)
    {
        DerCode code;
        LogPosition position;
        while ((code = shard.DiscardTransactions(ObjectFixture.Container, Epoch.None, Epoch.Max, out _, out position)) == DerCode.Again)
        {
            code = await shard.AdmitAsync();
            if (code.IsError)
            {
                return code;
            }
        }

        return code.IsError ? code : await shard.WaitStableAsync(position);
    }

    // What is found undecided is decided, the other way round where that is still possible, so that both ends are seen to work after a crash.
    private static Found[] JudgeAll(StoreWorld world, StoreShard shard, bool expectsCommit)
    {
        var found = new Found[Transactions];
        StoreCalls calls = Calls(shard);
        world.Run(async () =>
        {
            for (int i = 0; i < Transactions; i++)
            {
                found[i] = await JudgeAsync(shard, calls, i, expectsCommit);
            }

            for (int i = 0; i < Dkeys; i++)
            {
                Assert.Equal([9], (await calls.GetAsync(CallKeys.Of(Dkey(i), "kept"))).Value!);
            }
        });
        return found;
    }

    private static async ValueTask<Found> JudgeAsync(StoreShard shard, StoreCalls calls, int number, bool expectsCommit)
    {
        DerCode code = shard.CheckTransaction(ObjectFixture.Container, s_ids[number], out TransactionState state, out _, out _);
        Found found = code.IsSuccess && state == TransactionState.Prepared ? Found.Prepared
            : code.IsSuccess && state == TransactionState.Committed ? Found.Committed
            : Found.Gone;
        Assert.True(found != Found.Gone || code == DerCode.Nonexist || state == TransactionState.Aborted, $"{code} {state}");
        bool isThere = found == Found.Committed;
        if (found == Found.Prepared)
        {
            for (int put = 0; put < PutsEach; put++)
            {
                Assert.Equal(DerCode.InProgress, (await calls.GetAsync(CallKeys.Of(Dkey(number), $"{number}.{put}"))).Code);
            }

            isThere = expectsCommit == (number % 2 == 0);
            DerCode decided = isThere ? (await calls.CommitAsync(s_ids[number])).Code : await calls.AbortAsync(s_ids[number]);
            Assert.Equal(DerCode.Success, decided);
        }

        for (int put = 0; put < PutsEach; put++)
        {
            (code, byte[]? value) = await calls.GetAsync(CallKeys.Of(Dkey(number), $"{number}.{put}"));
            Assert.Equal(DerCode.Success, code);
            Assert.Equal(isThere ? Value(number) : null, value);
        }

        return found;
    }
}
