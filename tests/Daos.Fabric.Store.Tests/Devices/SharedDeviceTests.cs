using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Checking;
using Daos.Fabric.Store.Devices;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Tests.Recovery;

namespace Daos.Fabric.Store.Tests.Devices;

/// <summary>Several shards, all of whose roles lie in blobs of one device.</summary>
public class SharedDeviceTests
{
    private const int Shards = 3;

    [Fact]
    public void PowerCuts_ThreeShardsOnOneDevice_LoseNothingAcknowledged()
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            using StoreWorld world = DeviceWorld.Make(seed);
            DeviceWorld.Format(world, DeviceWorld.FormatOptions(world) with { ClusterBytes = 64 << 10 });
            BlobDevice device = DeviceWorld.Open(world);
            LedgerLoad[] loads = [.. Enumerable.Range(0, Shards).Select(_ => new LedgerLoad())];
            for (int i = 0; i < Shards; i++)
            {
                LedgerLoad load = loads[i];
                StoreShard shard = world.Create(OptionsOf(world, device, load, i, isNew: true));
                world.Run(() => load.FormatAsync(shard));
                load.Start(world, shard, (seed * 10) + (ulong)i);
            }

            for (int image = 0; image < 3; image++)
            {
                world.World.RunFor(20_000_000 + world.World.Random.Next(10_000_000L));
                Judge(loads, world.Node.Disk.Capture().AfterPowerCut((seed * 100) + (ulong)image), $"seed {seed}, image {image}");
            }
        }
    }

    [Fact]
    public void Grow_BlobInSeveralPieces_HoldsWhatWasWrittenBeforeAndAfter()
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world, DeviceWorld.FormatOptions(world) with { ClusterBytes = 64 << 10 });
        BlobDevice device = DeviceWorld.Open(world);
        StoreOptions options = world.Options() with { DataBytes = 1 << 20 };
        options = options with { Blobs = DeviceWorld.ShardBlobs(world, device, 0, options) };
        StoreOptions other = world.Options() with { Random = new SeededRandom(77), DataBytes = 1 << 20 };
        other = other with { Blobs = DeviceWorld.ShardBlobs(world, device, 1, other) };
        StoreShard shard = world.Create(options);
        StoreShard neighbour = world.Create(other);
        Assert.Equal(DerCode.Success, world.Run(() => FillAsync(shard, 0, 3)));
        Assert.Equal(DerCode.Success, world.Run(() => FillAsync(neighbour, 50, 3)));

        // Without the larger blobs there is no room, as on a device that ends.
        Assert.Equal(DerCode.NoSpace, world.Run(() => shard.GrowAsync(new ShardGrowth { DataBytes = 8 << 20 })));
        Assert.Equal(DerCode.Success, DeviceWorld.Grow(
            world,
            device,
            DeviceWorld.Ask(0, BlobRole.Data, 8 << 20),
            DeviceWorld.Ask(0, BlobRole.Meta, ShardBlobSizes.Of(BlobRole.Meta, 8 << 20, 0, 0)),
            DeviceWorld.Ask(0, BlobRole.Wal, ShardBlobSizes.Of(BlobRole.Wal, 0, 1 << 20, 0))));
        RoleBlobs grown = DeviceWorld.BlobsOf(device, 0);
        Assert.All([grown.Data!, grown.Meta!, grown.Wal!], b => Assert.True(b.ExtentCount > 1, $"{b}"));
        var growth = new ShardGrowth { DataBytes = 8 << 20, ArenaReserveBytes = 8 << 20, LogBytes = 1 << 20, Blobs = grown };
        Assert.Equal(DerCode.Success, world.Run(() => shard.GrowAsync(growth)));
        Assert.Equal(DerCode.Success, world.Run(() => FillAsync(shard, 3, 40)));
        Check(world, shard, 0, 40);
        Check(world, neighbour, 50, 53);
        world.Run(shard.CloseAsync);
        world.Run(neighbour.CloseAsync);
        shard = world.Open(options with { Blobs = grown });
        Check(world, shard, 0, 40);
        Check(world, world.Open(other), 50, 53);
        Assert.Equal(8 << 20, shard.DataSpace.TotalBytes);
    }

    [Fact]
    public void Create_BlobTooSmall_IsRefusedWithItsName()
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        StoreOptions options = world.Options();
        RoleBlobs blobs = DeviceWorld.ShardBlobs(world, device, 0, options);
        options = options with { Blobs = blobs, DataBytes = 32 << 20 };
        Assert.Equal(DerCode.NoSpace, world.Run(() => StoreShard.CreateAsync(world.Loop, options)).Code);
        Assert.Contains("/dev/shared (data of pool", options.Report.LastError);
    }

    [Fact]
    public void Open_BlobsOfTwoShardsMixed_IsRefused()
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        var options = new StoreOptions[2];
        for (int i = 0; i < 2; i++)
        {
            options[i] = world.Options() with { Random = new SeededRandom((ulong)i), Report = new StoreReport() };
            options[i] = options[i] with { Blobs = DeviceWorld.ShardBlobs(world, device, i, options[i]) };
            world.Run(world.Create(options[i]).CloseAsync);
        }

        StoreOptions mixed = options[0] with { Blobs = options[0].Blobs! with { Data = options[1].Blobs!.Data } };
        Assert.Equal(DerCode.DfInval, world.TryOpen(mixed).Code);
        Assert.Contains("belongs to another store", mixed.Report.LastError);
    }

    [Fact]
    public void Inspect_ShardInBlobs_IsSound()
    {
        using StoreWorld world = DeviceWorld.Make();
        DeviceWorld.Format(world);
        BlobDevice device = DeviceWorld.Open(world);
        StoreOptions options = world.Options();
        options = options with { Blobs = DeviceWorld.ShardBlobs(world, device, 0, options) };
        StoreShard shard = world.Create(options);
        Assert.Equal(DerCode.Success, world.Run(() => FillAsync(shard, 0, 5)));
        world.Run(shard.CloseAsync);
        var sentence = new StoreReport();
        DerResult<StoreInspection> opened = world.Run(() => StoreInspection.OpenAsync(world.Loop, "", sentence, blobs: options.Blobs));
        Assert.True(opened.IsSuccess, sentence.LastError);
        using StoreInspection inspection = opened.Value;
        world.Run(() => inspection.WalkAsync(null, verifiesValues: true));
        Assert.Empty(inspection.Report.Findings);
    }

    private static StoreOptions OptionsOf(StoreWorld world, BlobDevice device, LedgerLoad load, int target, bool isNew)
    {
        StoreOptions options = load.Options(world) with { Random = new SeededRandom((ulong)target + 1), Report = new StoreReport() };
        return options with { Blobs = isNew ? DeviceWorld.ShardBlobs(world, device, target, options) : DeviceWorld.BlobsOf(device, target) };
    }

    private static void Judge(LedgerLoad[] loads, DiskImage image, string what)
    {
        IPowerCutOracle[] oracles = [.. loads.Select(l => l.Snapshot())];
        using StoreWorld world = DeviceWorld.Make();
        world.Node.Disk.Restore(image);
        for (int round = 0; round < 2; round++)
        {
            BlobDevice device = DeviceWorld.Open(world);
            DeviceWorld.AssertApart(device);
            for (int i = 0; i < Shards; i++)
            {
                Assert.True(oracles[i].Acknowledged > 0);
                StoreShard shard = world.Open(OptionsOf(world, device, loads[i], i, isNew: false));
                Assert.True(world.Run(() => oracles[i].CheckAsync(shard)) is null, $"{what}: shard {i}, round {round}");
                world.Run(() => oracles[i].GoOnAsync(shard));
            }

            world.Crash(CrashKind.Power);
        }
    }

    private static async ValueTask<DerCode> FillAsync(StoreShard shard, int from, int to)
    {
        if (shard.ListContainers().Count == 0)
        {
            Assert.Equal(DerCode.Success, await shard.AdmitAsync());
            Assert.Equal(DerCode.Success, shard.CreateContainer(ObjectFixture.Container, out LogPosition position));
            Assert.Equal(DerCode.Success, await shard.WaitStableAsync(position));
        }

        DerCode code = DerCode.Success;
        for (int i = from; i < Math.Max(to, from + 3) && code.IsSuccess; i++)
        {
            code = (await new StoreCalls(shard, ObjectFixture.Container).PutAsync(CallKeys.Of($"dkey{i}", "akey"), Value(i))).Code;
        }

        return code;
    }

    private static void Check(StoreWorld world, StoreShard shard, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            CallKeys keys = CallKeys.Of($"dkey{i}", "akey");
            (DerCode code, byte[]? read) = world.Run(() => new StoreCalls(shard, ObjectFixture.Container).GetAsync(keys));
            Assert.Equal(DerCode.Success, code);
            Assert.Equal(Value(i), read);
        }
    }

    private static byte[] Value(int number)
    {
        byte[] value = new byte[100_000];
        new Random(number).NextBytes(value);
        return value;
    }
}
