using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Journal;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>
/// S8: a tail that was never acknowledged is cut, whatever it looks like; a hole in front of something that was stable is refused with a
/// sentence; blocks of an older generation never come back to life.
/// </summary>
[Trait("Id", "S8")]
public class LogTailTests(ITestOutputHelper output)
{
    private const int TailsPerBase = 100;
    private const ulong Evil = 0xDEAD;

    private enum Damage
    {
        Forged,
        Torn,
        Garbage,
        OldGeneration,
        FutureGeneration,
        OldPosition,
        OtherStore,
        Gap,
        HoleUnderStable,
        DamagedMiddle,
        RoundAhead,
        Revival,
    }

    [Fact]
    public void Open_DamagedTails_AreCutRefusedAndNeverRevived()
    {
        var run = new SeededRun("S8", "tails", t0: 10, t1: 500, output.WriteLine);
        run.Run(CheckBase);
    }

    private static void CheckBase(ulong seed, RunCounts counts)
    {
        BaseImage image = BaseImage.Make(seed);
        for (int i = 0; i < TailsPerBase; i++)
        {
            var damage = (Damage)(i % Enum.GetValues<Damage>().Length);
            ulong tailSeed = (seed * 1000) + (ulong)i;
            bool isRefused = damage is Damage.HoleUnderStable or Damage.DamagedMiddle or Damage.RoundAhead;
            if (isRefused)
            {
                CheckRefused(image, damage, tailSeed);
            }
            else
            {
                CheckCut(image, damage, tailSeed);
            }

            counts.Add("tails", 1);
            counts.Add("cut", isRefused ? 0 : 1);
            counts.Add("refused", isRefused ? 1 : 0);
            counts.Add("revived", 0);
        }
    }

    private static void CheckCut(BaseImage image, Damage damage, ulong seed)
    {
        using StoreWorld world = image.NewWorld(seed);
        var random = new SeededRandom(seed);
        switch (damage)
        {
            case Damage.Forged:
                image.Forge.Write(world, image.End, image.Forge.Block(image.End, image.Generation, image.End, 77));
                break;
            case Damage.Torn:
                image.Forge.Write(world, image.End, Tear(image.Forge.Block(image.End, image.Generation, image.End, Evil), random));
                break;
            case Damage.Garbage:
                byte[] garbage = new byte[4096 * (1 + random.Next(4))];
                random.Fill(garbage);
                image.Forge.Write(world, image.End, garbage);
                break;
            case Damage.OldGeneration:
                image.Forge.Write(world, image.End, image.Forge.Block(image.End, image.Generation - 1, image.End, Evil));
                break;
            case Damage.FutureGeneration:
                image.Forge.Write(world, image.End, image.Forge.Block(image.End, image.Generation + 1, image.End, Evil));
                break;
            case Damage.OldPosition:
                ulong older = image.End - (ulong)image.Forge.Geometry.RingBytes;
                image.Forge.Write(world, image.End, image.Forge.Block(older, image.Generation, older, Evil));
                break;
            case Damage.OtherStore:
                LogGeometry own = image.Forge.Geometry;
                var other = new LogForge(new LogGeometry(own.RingBytes, own.BlockBytesMax, new SeededRandom(seed).NextGuid()));
                other.Write(world, image.End, other.Block(image.End, image.Generation, image.End, Evil));
                break;
            case Damage.Gap:
                ulong behind = image.End + (4096UL * (ulong)(1 + random.Next(4)));
                image.Forge.Write(world, behind, image.Forge.Block(behind, image.Generation, image.End, Evil));
                break;
            case Damage.Revival:
                CheckRevival(image, world, random);
                return;
        }

        StoreShard shard = world.Open(image.Options(world));
        Assert.Equal(damage == Damage.Forged ? 77UL : 0UL, shard.Arena.Root(LogForge.Root));
        Assert.Equal(image.Value, shard.Arena.Root(1));
        world.Run(shard.CloseAsync);
    }

    // A block of the old generation waits behind the cut, exactly where a later block of the new generation ends.
    private static void CheckRevival(BaseImage image, StoreWorld world, SeededRandom random)
    {
        ulong stale = image.End + (4096UL * (ulong)(1 + random.Next(8)));
        for (ulong position = stale; position < stale + (4096 * 4); position += 4096)
        {
            image.Forge.Write(world, position, image.Forge.Block(position, image.Generation, image.End, Evil));
        }

        StoreShard shard = world.Open(image.Options(world));
        Assert.True(shard.Recovery.TailCut);
        ulong value = 0;
        while (shard.StablePosition.Value < stale)
        {
            image.Write(world, shard, ++value);
        }

        world.Crash(random.Chance(0.5) ? CrashKind.Power : CrashKind.Process);
        StoreShard again = world.Open(image.Options(world));
        Assert.Equal(0UL, again.Arena.Root(LogForge.Root));
        Assert.Equal(value == 0 ? image.Value : value, again.Arena.Root(1));
        world.Run(again.CloseAsync);
    }

    private static void CheckRefused(BaseImage image, Damage damage, ulong seed)
    {
        using StoreWorld world = image.NewWorld(seed);
        var random = new SeededRandom(seed);
        ulong hole = image.End;
        if (damage == Damage.HoleUnderStable)
        {
            ulong behind = image.End + (4096UL * (ulong)(1 + random.Next(4)));
            image.Forge.Write(world, behind, image.Forge.Block(behind, image.Generation, image.End + 4096, Evil));
        }
        else if (damage == Damage.RoundAhead)
        {
            // Only a checkpoint newer than the one that was loaded can have made room for it: that one's root is gone.
            ulong ahead = image.End + (ulong)image.Forge.Geometry.RingBytes;
            image.Forge.Write(world, ahead, image.Forge.Block(ahead, image.Generation, image.End, Evil));
        }
        else
        {
            // The last block of all has no witness yet; every other one has.
            hole = image.Blocks[random.Next(image.Blocks.Count - 1)];
            byte mask = (byte)(1 + random.Next(255));
            FilePatch.Flip(world, "/store/log", image.Forge.Geometry.OffsetOf(hole) + random.Next(96), mask);
        }

        DiskImage before = world.Node.Disk.Capture();
        StoreOptions options = image.Options(world);
        DerResult<StoreShard> opened = world.TryOpen(options);
        Assert.Equal(DerCode.DfInval, opened.Code);
        Assert.Contains($"position {hole} ", options.Report.LastError);
        Assert.Equal(0, before.UnflushedCount);
        Assert.Equal(0, world.Node.Disk.UnflushedCount);

        // A refusal is the same every time: nothing was changed.
        Assert.Equal(DerCode.DfInval, world.TryOpen(image.Options(world)).Code);
    }

    private static byte[] Tear(byte[] block, SeededRandom random)
    {
        int sector = 512 * random.Next(2);
        random.Fill(sector == 0 ? block.AsSpan(0, 512) : block.AsSpan(64, 40));
        return block;
    }

    /// <summary>A store that crashed after a while, with everything stable.</summary>
    private sealed class BaseImage
    {
        private DiskImage _image = null!;
        private ulong _seed;

        internal LogForge Forge { get; private set; } = null!;

        internal ulong End { get; private set; }

        internal ulong Generation { get; private set; }

        internal ulong Value { get; private set; }

        internal List<ulong> Blocks { get; } = [];

        internal static BaseImage Make(ulong seed)
        {
            var image = new BaseImage { _seed = seed };
            using var world = new StoreWorld(seed);
            StoreShard shard = world.Create(image.Options(world));

            // Once around the ring, so that the tail lies over old blocks; then a checkpoint, then blocks that recovery will read.
            for (ulong i = 1; i < 60 + (seed % 16); i++)
            {
                image.Write(world, shard, i);
            }

            Assert.True(world.World.RunUntil(() => !shard.Checkpointer!.IsRunning));
            world.Run(async () => Assert.True((await shard.Checkpointer!.RunAsync(shard.LogWriter!, false)).IsSuccess));
            for (ulong i = 100; i < 112; i++)
            {
                image.Blocks.Add(shard.StablePosition.Value);
                image.Write(world, shard, i);
                image.Value = i;
            }

            image.End = shard.StablePosition.Value;
            image.Generation = shard.Superblock!.Values.Generation;
            image.Forge = new LogForge(shard.LogWriter!.Geometry);
            world.Crash(CrashKind.Process);
            image._image = world.Node.Disk.Capture().AfterPowerCut(seed);
            return image;
        }

        internal StoreWorld NewWorld(ulong seed)
        {
            var world = new StoreWorld((_seed * 10_000) + seed);
            world.Node.Disk.Restore(_image);
            return world;
        }

        internal StoreOptions Options(StoreWorld world) => world.Options() with
        {
            ArenaReserveBytes = 1 << 20,
            LogBytes = 128 << 10,
            LogBlockBytes = 8 << 10,
            DataBytes = 1 << 20,
            CeilingAheadMs = 60_000,
            CheckpointIntervalMs = 1 << 20,
        };

        internal void Write(StoreWorld world, StoreShard shard, ulong value) => world.Run(async () =>
        {
            Assert.True((await shard.AdmitAsync()).IsSuccess);
            Assert.True(shard.Transaction.Begin().IsSuccess);
            shard.Transaction.ModifyRoot(1, value);
            Assert.True(shard.Transaction.Commit(out LogPosition position).IsSuccess);
            Assert.True((await shard.WaitStableAsync(position)).IsSuccess);
        });
    }
}
