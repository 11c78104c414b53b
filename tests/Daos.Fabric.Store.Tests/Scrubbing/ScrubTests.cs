using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Checking;
using Daos.Fabric.Store.Scrubbing;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Scrubbing;

/// <summary>S14: what changes at rest is found within one pass, exactly that, marked, counted and told.</summary>
public class ScrubTests(ITestOutputHelper output)
{
    private const int Damages = 100;

    private static readonly ScrubOptions s_timed = new() { Mode = ScrubMode.Timed, FrequencySeconds = 10 };

    [Theory]
    [Trait("Id", "S14")]
    [InlineData(true)]
    [InlineData(false)]
    public void OnePass_OverDamagedValues_FindsExactlyThose(bool isVolatile) =>
        new SeededRun("S14", isVolatile ? "volatile" : "durable", t0: 1, t1: 50, output.WriteLine, seed: 14).Run((seed, counts) =>
        {
            var scrub = new ScrubFixture(seed, isVolatile);
            scrub.Fill(60);
            List<CheckedValue> damaged = [.. scrub.Checkable().OrderBy(_ => scrub.Random.NextUInt64()).Take(Damages)];
            Assert.Equal(Damages, damaged.Count);
            Assert.True(damaged.Any(v => v.IsExtent) && damaged.Any(v => !v.IsExtent) && damaged.Any(v => v.Data.Blocks > 0));
            scrub.Damage(damaged);
            scrub.Start(s_timed);
            scrub.RunPass();

            Assert.Equal(damaged.Select(v => v.Record).Order(), scrub.Marked().Order());
            Assert.Equal((Damages, 0), (scrub.Statistics.Corrupted, scrub.Statistics.ReadFailures));
            Assert.Equal((Damages, Damages), (scrub.Shard.Statistics.ChecksumErrors, scrub.Shard.Statistics.CorruptedValues));
            Assert.Equal(Damages, scrub.Told.Count);
            Assert.All(scrub.Told, v => Assert.Contains(v.Container, (ContainerId[])[ObjectFixture.Container, ScrubFixture.Second]));
            Assert.Equal(scrub.Checkable().Count, scrub.Statistics.Values);
            Assert.Equal(scrub.Values().Count - scrub.Checkable().Count, scrub.Statistics.Unchecked);

            // What is marked is not looked at again.
            scrub.RunPass();
            Assert.Equal(Damages, scrub.Statistics.Corrupted);
            scrub.Stop();
            counts.Add("damages", Damages);
            counts.Add("found", scrub.Statistics.Corrupted);
            scrub.Store.World.Dispose();
        });

    [Theory]
    [InlineData(2000)]
    [InlineData(10_000)]
    [InlineData(500_000)]
    public void Fetch_OfWhatTheScrubberMarked_AnswersChecksum(int bytes)
    {
        var scrub = new ScrubFixture();
        byte[] value = scrub.Bytes(bytes);
        scrub.Store.Put("d", "a", value);
        scrub.Damage(scrub.Values());
        scrub.Start(s_timed);
        scrub.RunPass();
        Assert.Equal(DerCode.Checksum, scrub.Store.Get("d", "a").Code);
        Assert.Equal("d"u8.ToArray(), Assert.Single(scrub.Told).Dkey.ToArray());
        Assert.Equal("a"u8.ToArray(), scrub.Told[0].Akey.ToArray());
        Assert.Equal(bytes, scrub.Told[0].LengthBytes);
        scrub.Store.Put("d", "a", value);
        Assert.Equal(value, scrub.Store.Get("d", "a").Value!);
    }

    [Fact]
    public void Mark_AfterPowerCut_IsStillThere()
    {
        var scrub = new ScrubFixture(isVolatile: false);
        scrub.Store.Put("d", "a", scrub.Bytes(10_000));
        scrub.Damage(scrub.Values());
        scrub.Start(s_timed);
        scrub.RunPass();
        LogPosition mark = scrub.Shard.AppendedPosition;
        scrub.Store.Run(() => scrub.Shard.WaitStableAsync(mark));
        scrub.Store.Crash(CrashKind.Power);
        Assert.Single(scrub.Marked());
    }

    [Fact]
    public void Read_ThatFailsOnce_MarksNothing()
    {
        var scrub = new ScrubFixture();
        scrub.Store.Put("d", "a", scrub.Bytes(500_000));
        MediaFault flip = scrub.Store.World.Node.Disk.Inject(new MediaFault(MediaFaultKind.ReadFlipped) { Skip = 1, TimesMax = 1 });
        scrub.Start(s_timed);
        scrub.RunPass();
        Assert.Equal(1, flip.Hits);
        Assert.Equal((0, 1), (scrub.Statistics.Corrupted, scrub.Statistics.Values));
        Assert.Empty(scrub.Marked());
    }

    [Fact]
    public void Read_ThatIsRefused_IsCountedToldOnceAndPassedOver()
    {
        var report = new StoreReport();
        var scrub = new ScrubFixture(change: options => options with { Report = report });
        scrub.Store.Put("bad 1", "a", scrub.Bytes(10_000));
        scrub.Store.Put("bad 2", "a", scrub.Bytes(10_000));
        scrub.Store.Put("good", "a", scrub.Bytes(100));
        scrub.Damage(scrub.Values().Where(v => v.Data.Blocks == 0));
        scrub.Store.World.Node.Disk.Inject(new MediaFault(MediaFaultKind.ReadError));
        scrub.Start(s_timed);
        scrub.RunPass();
        Assert.Equal((2, 1), (scrub.Statistics.ReadFailures, scrub.Statistics.Corrupted));
        Assert.Contains("The scrubber cannot read 10000 bytes", report.LastError, StringComparison.Ordinal);
        Assert.Equal(DerCode.Success, scrub.Shard.State);
    }

    [Fact]
    public void Threshold_Reached_IsToldOnceAndThePassGoesOn()
    {
        var told = new List<ScrubStatistics>();
        var scrub = new ScrubFixture();
        for (int i = 0; i < 9; i++)
        {
            scrub.Store.Put($"d{i}", "a", scrub.Bytes(100));
        }

        scrub.Damage(scrub.Values().Take(6));
        scrub.Start(s_timed with { Threshold = 4, OnFaulty = told.Add });
        scrub.RunPass();
        Assert.Equal(4, Assert.Single(told).Corrupted);
        Assert.True(scrub.Statistics.IsFaulty);
        Assert.Equal(6, scrub.Statistics.Corrupted);

        // Below the threshold nothing happens.
        scrub.Stop();
        scrub.Damage(scrub.Values().TakeLast(3));
        scrub.Start(s_timed with { Threshold = 4, OnFaulty = told.Add });
        scrub.RunPass();
        Assert.Equal((1, 3), (told.Count, scrub.Statistics.Corrupted));
    }

    [Theory]
    [InlineData((ScrubMode)9, 1, 0, 0)]
    [InlineData(ScrubMode.Lazy, 0, 0, 0)]
    [InlineData(ScrubMode.Lazy, ScrubOptions.FrequencySecondsMax + 1, 0, 0)]
    [InlineData(ScrubMode.Lazy, 1, -1, 0)]
    [InlineData(ScrubMode.Lazy, 1, 0, -1)]
    public void Options_OutOfRange_AreRefused(ScrubMode mode, int frequency, int threshold, long rate)
    {
        var options = new ScrubOptions { Mode = mode, FrequencySeconds = frequency, Threshold = threshold, BytesPerSecondMax = rate };
        Assert.Throws<ArgumentException>(options.Validate);
    }
}
