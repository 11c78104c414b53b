using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.TestKit.Tests.Runs;

/// <summary>Sizes, seeds, parts and replay lines of seeded runs.</summary>
public sealed class SeededRunTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("daos-runs-").FullName;
    private readonly List<string> _lines = [];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Run_EveryCommit_DoesTheSizeFromTheUsualSeedAndKeepsNothing()
    {
        var seeds = new List<ulong>();
        SeededRun run = Make(TestTier.T0);
        run.Run((seed, counts) =>
        {
            seeds.Add(seed);
            counts.Add("lost", 0);
            counts.Add("images", 12);
        });

        Assert.Equal([100UL, 101, 102], seeds);
        Assert.Equal("S3: lost=0 images=36 seeds=3", Assert.Single(_lines));
        Assert.True(run.IsComplete);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public void Run_SeedGiven_BeginsThere()
    {
        var seeds = new List<ulong>();
        Make(TestTier.T0, seed: 4711).Run((seed, _) => seeds.Add(seed));

        Assert.Equal([4711UL, 4712, 4713], seeds);
    }

    [Fact]
    public void Run_UnitFails_NamesSeedAndReplayAndStillWritesItsLine()
    {
        SeededRunException failed = Assert.Throws<SeededRunException>(() => Make(TestTier.T0).Run((seed, counts) =>
        {
            counts.Add("images", 1);
            Assert.True(seed < 102, "torn");
        }));

        Assert.Contains("seed 102 failed: torn", failed.Message, StringComparison.Ordinal);
        Assert.Contains("replay: ./test.sh --id S3 --method '*.TheTest' --seed 102", failed.Message, StringComparison.Ordinal);
        Assert.Equal("S3: images=2 seeds=2 left=1", Assert.Single(_lines));
    }

    [Fact]
    public void Run_InParts_GoesOnWhereItStoppedAndSumsUp()
    {
        var seeds = new List<ulong>();
        for (int part = 0; part < 4; part++)
        {
            int done = 0;
            SeededRun run = Make(TestTier.T1, isTimeUp: () => done >= 4);
            run.Run((seed, counts) =>
            {
                done++;
                seeds.Add(seed);
                counts.Add("images", (long)seed);
            });
        }

        Assert.Equal(Enumerable.Range(100, 10).Select(i => (ulong)i), seeds);
        Assert.Equal(
            ["S3: images=406 seeds=4 parts=1 left=6", "S3: images=828 seeds=8 parts=2 left=2", "S3: images=1045 seeds=10 parts=3", "S3: images=1045 seeds=10 parts=3"],
            _lines);
        string state = File.ReadAllText(Path.Combine(_directory, "S3-log.json"));
        Assert.Equal(3, state.Split("\"From\"").Length - 1);
    }

    [Fact]
    public void Run_PartFails_TheNextOneMeetsTheSameSeedAndCountsNothingTwice()
    {
        Assert.Throws<SeededRunException>(() => Make(TestTier.T1).Run((seed, counts) =>
        {
            counts.Add("images", 1);
            Assert.NotEqual(105UL, seed);
        }));
        var seeds = new List<ulong>();
        Make(TestTier.T1).Run((seed, counts) =>
        {
            seeds.Add(seed);
            counts.Add("images", 1);
        });

        Assert.Equal(105UL, seeds[0]);
        Assert.Equal("S3: images=10 seeds=10 parts=2", _lines[^1]);
    }

    [Fact]
    public void Run_NoTimeAtAll_StillDoesOneUnit()
    {
        Make(TestTier.T1, isTimeUp: () => true).Run((_, counts) => counts.Add("images", 1));

        Assert.Equal("S3: images=1 seeds=1 parts=1 left=9", Assert.Single(_lines));
    }

    [Fact]
    public void Load_StateOfAnotherSeed_IsRefusedWithASentence()
    {
        Make(TestTier.T1).Run((_, _) => { });

        FormatException failed = Assert.Throws<FormatException>(() => Make(TestTier.T1, seed: 7));
        Assert.Contains("is about base seed 100, this run about 7", failed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("T2")]
    [InlineData("t1")]
    public void ParseTier_Unknown_IsAnError(string text) => Assert.Throws<FormatException>(() => TestRun.ParseTier(text));

    [Theory]
    [InlineData("-1")]
    [InlineData("seven")]
    [InlineData("99999999999999999999")]
    public void ParseSeed_NoNumber_IsAnError(string text) => Assert.Throws<FormatException>(() => TestRun.ParseSeed(text));

    [Fact]
    public void ParseMinutes_NumbersOnly()
    {
        Assert.Null(TestRun.ParseMinutes(null));
        Assert.Equal(TimeSpan.FromSeconds(30), TestRun.ParseMinutes("0.5"));
        Assert.Throws<FormatException>(() => TestRun.ParseMinutes("an hour"));
        Assert.Throws<FormatException>(() => TestRun.ParseMinutes("-5"));
    }

    private SeededRun Make(TestTier tier, ulong? seed = null, Func<bool>? isTimeUp = null)
    {
        var options = new SeededRunOptions { Tier = tier, Seed = seed, StateDirectory = _directory, IsTimeUp = isTimeUp ?? (() => false) };
        return new SeededRun(options, "S3", "log", 3, 10, _lines.Add, 100, "TheTest");
    }
}
