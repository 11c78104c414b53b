using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Media;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>
/// S2: the power goes at every named persist point of the code, in every phase of a store's life: creation, work, recovery, clean end.
/// The list is the enumeration itself, so a point that nothing reaches fails.
/// </summary>
[Trait("Id", "S2")]
public class PersistPointTests(ITestOutputHelper output)
{
    private const int CutsPerPointMax = 4;

    private static readonly (string Name, Func<IPowerCutLoad> Load)[] s_loads = [("log", () => new LedgerLoad()), ("objects", () => new ObjectLoad())];

    [Fact]
    public void PowerCut_AtEveryPersistPoint_LosesNothingAcknowledged()
    {
        var hits = new HashSet<PersistPoint>();
        bool complete = true;
        foreach ((string name, Func<IPowerCutLoad> load) in s_loads)
        {
            var run = new SeededRun("S2", name, t0: 1, t1: 10, output.WriteLine);
            run.Run((seed, counts) => hits.UnionWith(RunSeed(load(), seed, counts)));
            complete &= run.IsComplete && run.Counts["parts"] <= 1;
        }

        PersistPoint[] missed = Enum.GetValues<PersistPoint>().Except(hits).ToArray();
        Assert.True(!complete || hits.Count == 0 || missed.Length == 0, $"never reached: {string.Join(", ", missed)}");
    }

    /// <summary>The oracle itself: a disk that ignores flushes loses something at one of the points.</summary>
    [Fact]
    public void PowerCut_FlushesThatDoNothing_AreCaught() =>
        Assert.Throws<LossException>(() => RunSeed(new LedgerLoad(), 1, new RunCounts(), ignoreFlushes: true));

    private static HashSet<PersistPoint> RunSeed(IPowerCutLoad load, ulong seed, RunCounts counts, bool ignoreFlushes = false)
    {
        using var world = new StoreWorld(seed);
        var life = new Life(load, seed, world);
        life.Run(ignoreFlushes);
        foreach ((PersistPoint point, string phase, DiskImage image, IPowerCutOracle? oracle, ulong cutSeed) in life.Cuts)
        {
            string what = $"{phase} at {point}, cut seed {cutSeed}";
            if (oracle is null)
            {
                JudgeCreation(load, image, cutSeed, what);
            }
            else
            {
                PowerCutJudge.Judge(load, image, oracle, cutSeed, what, counts);
            }

            counts.Add("cuts", 1);
        }

        counts.Add("points", life.Visited.Count);
        counts.Add("lost", 0);
        return life.Visited;
    }

    // Nothing was promised yet: what is there opens as an empty store, or is refused with a sentence and can be created anew.
    private static void JudgeCreation(IPowerCutLoad load, DiskImage image, ulong seed, string what)
    {
        using var world = new StoreWorld(seed);
        world.Node.Disk.Restore(image);
        StoreOptions options = load.Options(world);
        DerResult<StoreShard> opened = world.TryOpen(options);
        if (!opened.IsSuccess)
        {
            Assert.True(opened.Code == DerCode.Nonexist || options.Report.LastError.Contains("was interrupted"), $"{what}: {options.Report.LastError}");
            _ = world.Node.Files.Delete("/store");
            opened = world.Create(load.Options(world));
            world.Run(() => load.FormatAsync(opened.Value));
        }

        world.Run(opened.Value.CloseAsync);
    }

    /// <summary>Creation, load, a crash, recovery, more work and a clean end, with the power cut noted at every point on the way.</summary>
    private sealed class Life(IPowerCutLoad load, ulong seed, StoreWorld world)
    {
        private readonly Dictionary<(string, PersistPoint), int> _visits = [];
        private readonly SeededRandom _random = new(seed ^ 0x5332);
        private Func<IPowerCutOracle?> _oracle = () => null;
        private string _phase = "creation";

        internal List<(PersistPoint Point, string Phase, DiskImage Image, IPowerCutOracle? Oracle, ulong Seed)> Cuts { get; } = [];

        internal HashSet<PersistPoint> Visited { get; } = [];

        internal void Run(bool ignoreFlushes)
        {
            StoreShard shard = world.Create(Options());
            _phase = "layout";
            world.Run(() => load.FormatAsync(shard));
            if (ignoreFlushes)
            {
                world.Node.Faults.Arm(Core.Faults.FaultPoint.MediaFlushIgnored);
            }

            _oracle = load.Snapshot;
            _phase = "work";
            load.Start(world, shard, seed);
            world.World.RunFor(60_000_000);
            Assert.True(shard.State.IsSuccess);

            _phase = "recovery";
            IPowerCutOracle after = load.Snapshot();
            _oracle = after.Copy;
            world.Crash(CrashKind.Process);
            shard = world.Open(Options());
            string? wrong = world.Run(() => after.CheckAsync(shard));
            Assert.True(wrong is null, wrong);
            _phase = "more work";
            world.Run(() => after.GoOnAsync(shard));
            _phase = "clean end";
            world.Run(shard.CloseAsync);
            _phase = "opening";
            shard = world.Open(Options());
            Assert.Null(world.Run(() => after.CheckAsync(shard)));
        }

        private StoreOptions Options() => load.Options(world) with { OnPersist = Note };

        // The first visit of each phase, then a few by chance.
        private void Note(PersistPoint point)
        {
            Visited.Add(point);
            int visits = _visits.GetValueOrDefault((_phase, point));
            if (visits == 0 || (visits < CutsPerPointMax && _random.Chance(0.02)))
            {
                _visits[(_phase, point)] = visits + 1;
                ulong cutSeed = _random.NextUInt64();
                Cuts.Add((point, _phase, world.Node.Disk.Capture().AfterPowerCut(cutSeed), _oracle(), cutSeed));
            }
        }
    }
}
