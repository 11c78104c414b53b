using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Checking;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Scrubbing;
using Daos.Fabric.Store.Tests.Checking;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Tests.Scrubbing;
using Daos.Fabric.Store.Trees;

namespace Daos.Fabric.Store.Tests.Scattered;

/// <summary>Large single values in a data file that has no single run for them (DAOS: gang allocation).</summary>
public class ScatteredValueTests
{
    private const int MiB = 1 << 20;

    /// <summary>VOS300.4 in a fragmented data file: 27 MiB, without and with checksums, overwritten; the old one stays readable.</summary>
    [Fact]
    public void Put_Of27MiBInHolesOf200KiB_ComesBack()
    {
        var fixture = new ScatteredFixture(holeBlocks: 50, 176 * MiB);
        byte[][] values = [.. Enumerable.Range(0, 2).Select(i => ScatteredFixture.Bytes((27 * MiB) - (i * 1234), (ulong)i))];
        Epoch first = default;
        long free = fixture.FreeBytes;
        for (int i = 0; i < values.Length; i++)
        {
            fixture.Store.Calls.Type = i == 0 ? ChecksumType.None : ChecksumType.Crc64;
            (DerCode code, Epoch epoch) = fixture.Store.Put("d", "a", values[i]);
            Assert.Equal(DerCode.Success, code);
            first = i == 0 ? epoch : first;
            fixture.AssertShows(values[i], "d");
        }

        fixture.AssertShows(values[0], "d", first);
        List<(CheckedValue Value, int Runs)> scattered = fixture.Scattered();
        Assert.Equal(2, scattered.Count);

        // As few runs as there can be: one of them is what the file kept in reserve, and longer than a hole.
        Assert.All(scattered, s => Assert.InRange(s.Runs, 100, (int)(s.Value.Bytes / fixture.HoleBytes) + 1));
        Assert.Equal(2, fixture.Shard.Statistics.ScatteredValues);
        Assert.Equal(free - 2 * 27L * MiB, fixture.FreeBytes);

        // An extent of an array is not scattered, as in DAOS: its writer may cut it.
        fixture.Store.Calls.Type = ChecksumType.None;
        Assert.Equal(DerCode.NoSpace, fixture.Store.Write("d", "array", 1, (0, 8 * MiB, new byte[8 * MiB])).Code);

        // Aggregation gives the old one back, with all its runs, and then the new one goes with its object.
        Assert.Equal(DerCode.Success, fixture.Store.Aggregate(isTight: true));
        Assert.Single(fixture.Scattered());
        Assert.Equal(free - 27L * MiB, fixture.FreeBytes);
        fixture.AssertShows(values[1], "d");
        fixture.Store.Punch("d", "a", PunchScope.Object);
        Assert.Equal(DerCode.Success, fixture.Store.Aggregate(isTight: true));
        Assert.Equal(free, fixture.FreeBytes);
    }

    [Theory]
    [InlineData(ObjectLimits.RunsPerValueMax, true)]
    [InlineData(ObjectLimits.RunsPerValueMax + 1, false)]
    public void Put_InHolesOfOneBlock_FitsWhatTheRecordHolds(int blocks, bool fits)
    {
        var fixture = new ScatteredFixture(holeBlocks: 1, 9 * MiB);
        Assert.True(fixture.Holes > ObjectLimits.RunsPerValueMax + 40, $"only {fixture.Holes} holes");

        // What is left at the file's end is one run, and would be taken first.
        int last = fixture.Store.Run(() => new ValueTask<int>(FillEnd(fixture.Shard)));
        long free = fixture.FreeBytes;
        byte[] value = ScatteredFixture.Bytes((blocks * 4096) - 100, 1);
        Assert.Equal(fits ? DerCode.Success : DerCode.NoSpace, fixture.Store.Put("d", "a", value).Code);
        if (fits)
        {
            fixture.AssertShows(value, "d");
            Assert.Equal(blocks, Assert.Single(fixture.Scattered(), s => s.Value.Bytes == value.Length).Runs);
        }
        else
        {
            Assert.Equal(free, fixture.FreeBytes);
        }

        Assert.True(last >= 0);
    }

    [Fact]
    public void Damage_InAnyRun_IsFoundByFetchAndScrubber()
    {
        for (int run = 0; run < 3; run++)
        {
            var scrub = new ScrubFixture(change: options => options with { DataBytes = 16 * MiB });
            scrub.Store.Run(() => Fragments.MakeAsync(scrub.Shard, 40 * 4096));
            byte[] value = scrub.Bytes(90 * 4096);
            foreach (string dkey in (string[])["read", "scrubbed"])
            {
                Assert.Equal(DerCode.Success, scrub.Store.Put(dkey, "a", value).Code);
                ulong at = (ulong)((run * 40 * 4096) + 77);
                var stored = new TestKit.Faults.StoredValue(scrub.Shard, ObjectFixture.Container, ObjectFixture.Object, CallKeys.Of(dkey, "a").Dkey, "a"u8.ToArray());
                scrub.Store.World.Run(() => stored.FlipByteAsync(at));
            }

            Assert.Equal(DerCode.Checksum, scrub.Store.Get("read", "a").Code);
            Assert.Equal("read"u8.ToArray(), Assert.Single(scrub.Told).Dkey.ToArray());
            scrub.Start(new ScrubOptions { Mode = ScrubMode.Timed, FrequencySeconds = 10 });
            scrub.RunPass();
            Assert.Equal(1, scrub.Statistics.Corrupted);
            Assert.Equal("scrubbed"u8.ToArray(), scrub.Told[^1].Dkey.ToArray());
            scrub.Stop();
        }
    }

    [Fact]
    public void UndecidedTransaction_Aborted_GivesAllRunsBack()
    {
        var fixture = new ScatteredFixture(holeBlocks: 40, 16 * MiB);
        long free = fixture.FreeBytes;
        byte[] value = ScatteredFixture.Bytes(MiB, 1);
        foreach (bool commits in (bool[])[false, true])
        {
            var id = ObjectFixture.Id(commits ? 1 : 2);
            Assert.Equal(DerCode.Success, fixture.Store.Prepare(id, TransactionStep.Put("d", "a", value)).Code);
            Assert.True(fixture.FreeBytes < free);
            if (commits)
            {
                Assert.Equal(1, fixture.Store.Commit(id));
                fixture.AssertShows(value, "d");
            }
            else
            {
                Assert.Equal(DerCode.Success, fixture.Store.Abort(id));
                Assert.Equal(free, fixture.FreeBytes);
            }
        }
    }

    [Theory]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void Crash_AfterTheAnswer_LeavesValueAndBitmapWhole(CrashKind kind)
    {
        var fixture = new ScatteredFixture(holeBlocks: 40, 16 * MiB, isVolatile: false);
        byte[] value = ScatteredFixture.Bytes(3 * MiB, 1);
        Assert.Equal(DerCode.Success, fixture.Store.Put("d", "a", value).Code);
        long free = fixture.FreeBytes;
        fixture.Store.World.Crash(kind);
        CheckReport report = Inspector.Inspect(fixture.Store.World);
        Assert.Empty(report.Findings);
        Assert.Equal(1, report.Counts.Single(count => count.Key == "scattered values").Value);
        fixture.Store.OpenAgain();
        fixture.AssertShows(value, "d");
        Assert.Equal(free, fixture.FreeBytes);
        Assert.Equal(DerCode.Success, fixture.Store.Put("d", "a", new byte[10]).Code);
        Assert.Equal(DerCode.Success, fixture.Store.Aggregate(isTight: true));
        Assert.True(fixture.FreeBytes > free + (3 * MiB) - 4096);
        fixture.Store.World.Run(fixture.Shard.CloseAsync);
        Inspector.AssertSound(fixture.Store.World, "closed");
    }

    [Theory]
    [InlineData("too many", "cannot be followed")]
    [InlineData("too few", "lies outside the data file")]
    [InlineData("shared", "part of another value too")]
    [InlineData("too long", "lies outside the data file")]
    public void Check_OfForgedRuns_NamesThem(string forgery, string sentence)
    {
        var fixture = new ScatteredFixture(holeBlocks: 40, 16 * MiB, isVolatile: false);
        Assert.Equal(DerCode.Success, fixture.Store.Put("d", "a", ScatteredFixture.Bytes(MiB, 1)).Code);
        ulong record = Assert.Single(fixture.Scattered()).Value.Record;
        fixture.Store.Run(async () =>
        {
            Assert.Equal(DerCode.Success, fixture.Shard.Transaction.Begin());
            Forge(fixture.Shard, record, forgery);
            Assert.Equal(DerCode.Success, fixture.Shard.Transaction.Commit(out LogPosition position));
            return await fixture.Shard.WaitStableAsync(position);
        });
        fixture.Store.World.Crash(CrashKind.Power);
        CheckReport report = Inspector.Inspect(fixture.Store.World);
        Assert.True(
            report.Findings.Any(f => f.What.Contains(sentence, StringComparison.Ordinal)),
            $"{forgery}:{Environment.NewLine}{string.Join(Environment.NewLine, report.Findings)}");
    }

    private static unsafe void Forge(StoreShard shard, ulong record, string forgery)
    {
        ulong offset = record + (ulong)shard.Arena.At<VersionDf>(record)->ValueOffset;
        int count = DataRuns.Of(shard.Arena, record).Length;
        var runs = (DataReferenceDf*)shard.Transaction.Modify(offset, count * DataReferenceDf.SizeBytes);
        switch (forgery)
        {
            case "too many":
                runs[0].Further = ObjectLimits.RunsPerValueMax;
                break;
            case "too few":
                runs[0].Further--;
                break;
            case "shared":
                runs[1].Block = runs[0].Block;
                break;
            default:
                runs[0].Blocks = 4000;
                break;
        }
    }

    // Takes the one long run, so that nothing but the holes is left.
    private static int FillEnd(StoreShard shard)
    {
        int taken = 0;
        for (long blocks = 64; blocks > 1; blocks--)
        {
            while (shard.DataSpace.Reserve(blocks * 4096, out _, AllocationStream.Aggregation).IsSuccess)
            {
                taken++;
            }
        }

        return taken;
    }
}
