using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Operations;

/// <summary>
/// S7: one flip, zeroed, stale or misplaced sector, or one misdirected or flipped read, in everything that a store depends on: superblock,
/// root, map, pages, free map, headers, log, data. All of it is noticed: what there are two of is replaced, damaged metadata is refused,
/// damaged data costs its own range and nothing else.
/// </summary>
[Trait("Id", "S7")]
public class DamageTests(ITestOutputHelper output)
{
    private const int DamagesPerUnit = 100;
    private const int TriesMax = 200;

    private static readonly Lazy<Victim> s_victim = new(MakeVictim);

    private enum Harm
    {
        Flipped,
        Zeroed,
        Stale,
        Misplaced,
        ReadMisdirected,
        ReadFlipped,
    }

    [Fact]
    public void Damage_Anywhere_IsNoticed()
    {
        var run = new SeededRun("S7", "damages", t0: 20, t1: 1_000, output.WriteLine);
        run.Run((seed, counts) =>
        {
            var random = new SeededRandom(seed);
            for (int i = 0; i < DamagesPerUnit; i++)
            {
                DamageOnce(random, (LiveKind)(i % Enum.GetValues<LiveKind>().Length), (ulong)i, counts);
            }
        });
    }

    /// <summary>The oracle itself: damage of bytes that no checksum covers would be seen.</summary>
    [Fact]
    public void Judge_OfAChangedView_IsSilentCorruption() =>
        Assert.False(IsHonest(LiveKind.Data, s_victim.Value.View.Replace("large=10000", "large=10001", StringComparison.Ordinal)));

    private static void DamageOnce(SeededRandom random, LiveKind kind, ulong worldSeed, RunCounts counts)
    {
        LiveRegion[] candidates = s_victim.Value.Regions.Where(r => r.Kind == kind).ToArray();
        Assert.NotEmpty(candidates);
        for (int i = 0; i < TriesMax; i++)
        {
            LiveRegion region = candidates[random.Next(candidates.Length)];
            var harm = (Harm)random.Next(Enum.GetValues<Harm>().Length);
            using var world = new OperationWorld((random.NextUInt64() << 8) | worldSeed, s_victim.Value.Image);
            MediaFault? fault = Apply(world.Disk, region, harm, random);
            if (fault is null && !Changes(world.Disk, region))
            {
                continue;
            }

            StoreOptions options = world.Options();
            DerResult<StoreShard> opened = world.World.TryOpen(options);
            string view = opened.IsSuccess ? world.View(opened.Value) : $"{opened.Code}: {options.Report.LastError}";
            if (fault is { Hits: 0 })
            {
                // This harm concerns a read that did not happen.
                continue;
            }

            Assert.True(
                opened.IsSuccess ? IsHonest(kind, view) : opened.Code == DerCode.DfInval,
                $"{harm} in {region} was not noticed; shown:\n{view}\nexpected:\n{s_victim.Value.View}");
            Assert.True(
                kind != LiveKind.Superblock || harm is not (Harm.Flipped or Harm.Zeroed) || opened.IsSuccess && opened.Value.Recovery.HadBadSuperblock,
                $"{harm} in {region}: one bad superblock is replaced and reported");
            counts.Add($"{kind}".ToLowerInvariant(), 1);
            counts.Add(opened.IsSuccess ? (view == s_victim.Value.View ? "replaced" : "ranges") : "refused", 1);
            counts.Add("unnoticed", 0);
            return;
        }

        Assert.Fail($"nothing of kind {kind} could be damaged");
    }

    // Only what there are two of may look as if nothing had happened; of the rest the range alone is refused.
    private static bool IsHonest(LiveKind kind, string view)
    {
        if (view == s_victim.Value.View)
        {
            return kind is LiveKind.Superblock or LiveKind.Root;
        }

        string[] shown = view.Split("; ");
        string[] expected = s_victim.Value.View.Split("; ");
        int wrong = 0;
        for (int i = 0; i < Math.Min(shown.Length, expected.Length); i++)
        {
            bool isMarked = shown[i].EndsWith("the client's checksum", StringComparison.Ordinal) || shown[i].Contains("DER_CSUM", StringComparison.Ordinal);
            wrong += shown[i] == expected[i] ? 0 : 1;
            if (shown[i] != expected[i] && !isMarked)
            {
                return false;
            }
        }

        return kind == LiveKind.Data && wrong == 1 && shown.Length == expected.Length;
    }

    private static MediaFault? Apply(SimulatedDisk disk, LiveRegion region, Harm harm, SeededRandom random)
    {
        long sector = (region.OffsetBytes + random.Next(region.LengthBytes)) / 512 * 512;
        switch (harm)
        {
            case Harm.Flipped:
                disk.Damage(MediaDamage.Flipped, region.Path, region.OffsetBytes + random.Next(region.LengthBytes), 1);
                return null;
            case Harm.Zeroed:
                disk.Damage(MediaDamage.Zeroed, region.Path, sector, 512);
                return null;
            case Harm.Stale:
                disk.Damage(MediaDamage.Stale, region.Path, sector, 512);
                return null;
            case Harm.Misplaced:
                long other = random.Next(disk.LengthOf(region.Path) / 4096) * 4096;
                disk.Damage(MediaDamage.Misplaced, region.Path, sector / 4096 * 4096, 4096, other);
                return null;
            default:
                long place = region.OffsetBytes / 4096 * 4096;
                place += (place + 16_384 < disk.LengthOf(region.Path) ? 1 : -1) * 8192;
                return disk.Inject(new MediaFault(harm == Harm.ReadFlipped ? MediaFaultKind.ReadFlipped : MediaFaultKind.ReadMisdirected)
                {
                    PathEnd = region.Path,
                    FromBytes = region.OffsetBytes,
                    ToBytes = region.OffsetBytes + 1,

                    // A flip beyond what is looked at, and a place with the same bytes, are no harm.
                    TimesMax = (harm == Harm.ReadFlipped ? region.LengthBytes != 4096 : IsSame(disk, region, place)) ? 0 : 1,
                    Argument = place,
                });
        }
    }

    private static bool IsSame(SimulatedDisk disk, LiveRegion region, long place)
    {
        var here = new byte[region.LengthBytes];
        var there = new byte[region.LengthBytes];
        disk.Peek(region.Path, region.OffsetBytes, here);
        disk.Peek(region.Path, place + (region.OffsetBytes % 4096), there);
        return here.AsSpan().SequenceEqual(there);
    }

    private static bool Changes(SimulatedDisk disk, LiveRegion region)
    {
        var shown = new byte[region.LengthBytes];
        var written = new byte[region.LengthBytes];
        disk.Peek(region.Path, region.OffsetBytes, shown);
        disk.Peek(region.Path, region.OffsetBytes, written, pristine: true);
        return !shown.AsSpan().SequenceEqual(written);
    }

    private static Victim MakeVictim()
    {
        using var world = new StoreWorld(78);
        StoreShard shard = world.Create(BasicOperations.Options(world));
        world.Node.Disk.KeepFormerContent();
        world.Run(() => BasicOperations.FillAsync(shard));
        byte[] large = BasicOperations.Bytes(10_000, 55);
        world.Run(async () =>
        {
            // Rounds of checkpoints over the same slots and of blocks over the same ring, then a log that recovery needs.
            var calls = new StoreCalls(shard, BasicOperations.First);
            for (ulong i = 0; i < 40; i++)
            {
                Assert.Equal(DerCode.Success, (await calls.PutAsync(CallKeys.Of("small", "a"), BasicOperations.Bytes(1500, i))).Code);
                if (i % 8 == 0 && i < 33)
                {
                    Assert.Equal(DerCode.Success, await shard.CheckpointAsync(isClean: false));
                }
            }

            Assert.Equal(DerCode.Success, (await calls.PutAsync(CallKeys.Of("large", "a"), large)).Code);
            Assert.Equal(DerCode.Success, (await calls.PutAsync(CallKeys.Of("old", "a"), BasicOperations.Bytes(100, 56))).Code);
        });
        string view = world.Run(() => BasicOperations.ViewAsync(shard));
        HashSet<long> freeMap = FreeMapPages(shard);
        world.Crash(CrashKind.Power);
        IReadOnlyList<LiveRegion> regions = LiveRegions.Of(
            world.Node.Disk, freeMap, [large, BasicOperations.Bytes(5000, 7), BasicOperations.Bytes(6000, 5)]);
        return new Victim(world.Node.Disk.Capture(), view, regions);
    }

    private static unsafe HashSet<long> FreeMapPages(StoreShard shard)
    {
        DataSpaceDf* space = shard.Arena.At<DataSpaceDf>(shard.Arena.Header->DataSpace);
        var pages = new HashSet<long>();
        for (uint i = 0; i < space->ChunkCount; i++)
        {
            ulong chunk = *shard.Arena.At<ulong>(shard.Arena.Header->DataSpace + DataSpaceDf.SizeBytes + (i * sizeof(ulong)));
            pages.Add((long)(chunk / DirtyPages.PageBytes));
        }

        return pages;
    }

    private sealed record Victim(DiskImage Image, string View, IReadOnlyList<LiveRegion> Regions);
}
