using Daos.Fabric.Core.Faults;
using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>
/// S3: what is on the media at random moments under load, after a power cut that keeps any part of what no flush covered, must open, also
/// after further cuts during recovery, and hold every acknowledged transaction whole.
/// </summary>
[Trait("Id", "S3")]
public class PowerCutTests
{
    private const int Images = 300;

    [Fact]
    public void PowerCut_AtRandomMoments_LosesNothingAcknowledged()
    {
        var count = new Tally();
        for (ulong seed = 1; count.Images < Images; seed++)
        {
            RunSeed(seed, 12, ignoreFlushes: false, count);
        }

        var mutated = new Tally();
        for (ulong seed = 1; seed <= 4 && mutated.Failures.Count == 0; seed++)
        {
            RunSeed(seed, 12, ignoreFlushes: true, mutated);
        }

        bool caught = mutated.Failures.Count > 0;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"S3: images={count.Images} acked={count.Acknowledged} lost={count.Lost} half={count.Half} mutation_caught={(caught ? "yes" : "no")}");
        Assert.True(count.Failures.Count == 0, string.Join(Environment.NewLine, count.Failures));
        Assert.True(count.Acknowledged > 10_000);
        Assert.True(caught, "a store whose flushes do nothing passed: the test cannot see losses");
    }

    // Each power cut is judged in a world of its own, so that one run under load yields many.
    private static void RunSeed(ulong seed, int images, bool ignoreFlushes, Tally tally)
    {
        var world = new StoreWorld(seed);
        StoreShard shard = world.Create(Options(world));
        var store = new LedgerStore(shard);
        var ledger = new Ledger();
        world.Run(() =>
        {
            store.Format();
            return default;
        });
        world.World.RunFor(5_000_000);
        if (ignoreFlushes)
        {
            world.Node.Faults.Arm(FaultPoint.MediaFlushIgnored);
        }

        for (int i = 0; i < 8; i++)
        {
            var random = new SeededRandom((seed * 100) + (ulong)i);
            world.Start(() => WriteForeverAsync(store, ledger, random));
        }

        for (int i = 0; i < images; i++)
        {
            world.World.RunFor(500_000 + world.World.Random.Next(12_000_000));
            ulong cutSeed = world.World.Random.NextUInt64();
            DiskImage image = world.Node.Disk.Capture().AfterPowerCut(cutSeed);
            tally.Add(seed, i, Judge(image, ledger.Snapshot(), cutSeed), ledger.Acknowledged);
        }

        Assert.True(shard.State.IsSuccess);
        Assert.True(shard.Statistics.Checkpoints > 0);
    }

    private static async ValueTask WriteForeverAsync(LedgerStore store, Ledger ledger, SeededRandom random)
    {
        bool alive = true;
        while (alive)
        {
            int[] cells = Enumerable.Range(0, 1 + random.Next(3)).Select(_ => random.Next(LedgerStore.CellCount)).Distinct().ToArray();
            alive = await store.WriteAsync(ledger, cells, large: random.Chance(0.2));
        }
    }

    // Opens the image in a new world, where recovery itself is cut short up to three times.
    private static string? Judge(DiskImage image, Ledger ledger, ulong seed)
    {
        var world = new StoreWorld(seed);
        world.Node.Disk.Restore(image);
        for (int depth = world.World.Random.Next(4); depth > 0; depth--)
        {
            world.Start(async () => await StoreShard.OpenAsync(world.Loop, Options(world)));
            world.World.RunFor(world.World.Random.Next(4_000_000L));
            world.Crash(world.World.Random.Chance(0.8) ? CrashKind.Power : CrashKind.Process);
        }

        StoreOptions options = Options(world);
        DerResult<StoreShard> opened = world.TryOpen(options);
        if (!opened.IsSuccess)
        {
            return $"lost: {options.Report.LastError}";
        }

        var store = new LedgerStore(opened.Value);
        if (world.Run(() => store.CheckAsync(ledger)) is { } wrong)
        {
            return wrong;
        }

        return ledger.Acknowledged == 0 ? null : GoOn(world, opened.Value, ledger.Prefix(store.Sequence));
    }

    // The recovered store must also work: more transactions, another crash, everything still there.
    private static string? GoOn(StoreWorld world, StoreShard shard, Ledger ledger)
    {
        var store = new LedgerStore(shard);
        world.Run(async () =>
        {
            for (int i = 0; i < 20; i++)
            {
                Assert.True(await store.WriteAsync(ledger, [i, i + 1], large: i % 5 == 0));
            }
        });
        world.Crash(CrashKind.Power);
        StoreShard again = world.Open(Options(world));
        return world.Run(() => new LedgerStore(again).CheckAsync(ledger));
    }

    private static StoreOptions Options(StoreWorld world) => world.Options() with
    {
        ArenaReserveBytes = 2 << 20,
        LogBytes = 128 << 10,
        LogBlockBytes = 8 << 10,
        DataBytes = 2 << 20,
        MediaBufferCount = 8,
        CheckpointIntervalMs = 7,
    };

    private sealed class Tally
    {
        internal int Images { get; private set; }

        internal long Acknowledged { get; private set; }

        internal int Lost { get; private set; }

        internal int Half { get; private set; }

        internal List<string> Failures { get; } = [];

        internal void Add(ulong seed, int image, string? failure, int acknowledged)
        {
            Images++;
            Acknowledged += acknowledged;
            if (failure is null)
            {
                return;
            }

            Lost += failure.StartsWith("lost", StringComparison.Ordinal) ? 1 : 0;
            Half += failure.StartsWith("half", StringComparison.Ordinal) ? 1 : 0;
            Failures.Add($"seed {seed} image {image}: {failure}");
        }
    }
}
