using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Tests.Recovery;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Media.Roles;

/// <summary>Log, metadata and data on one to three directories, files and block devices of the simulated disk.</summary>
public class RoleTests
{
    private const long DeviceBytes = 24 << 20;

    private static readonly RolePaths s_three = new() { Wal = "/dev/wal", Meta = "/dev/meta", Data = "/dev/data" };

    public static TheoryData<string> Layouts => ["three devices", "three directories", "wal on a device", "data on a device", "wal in a directory"];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void PowerCuts_RolesApart_LoseNothingAcknowledged(string layout)
    {
        RolePaths roles = RolesOf(layout);
        for (ulong seed = 1; seed <= 3; seed++)
        {
            var load = new RoleLoad(roles);
            using StoreWorld world = WorldWithDevices(seed);
            StoreShard shard = world.Create(load.Options(world));
            world.Run(() => load.FormatAsync(shard));
            load.Start(world, shard, seed);
            for (int image = 0; image < 3; image++)
            {
                world.World.RunFor(30_000_000 + world.World.Random.Next(20_000_000L));
                ulong cut = (seed * 100) + (ulong)image;
                IPowerCutOracle oracle = load.Snapshot();
                Assert.True(oracle.Acknowledged > 0);
                PowerCutJudge.Judge(load, world.Node.Disk.Capture().AfterPowerCut(cut), oracle, cut, $"{layout}, seed {seed}, image {image}", new RunCounts());
            }

            Assert.True(shard.State.IsSuccess, shard.LastError);
        }
    }

    [Fact]
    public void Create_RolesApart_PutsEachWhereItBelongs()
    {
        using var world = new StoreWorld(1);
        world.Run(world.Create(world.Options() with { Roles = RolesOf("three directories") }).CloseAsync);
        Assert.Equal(["log"], world.Node.Files.List("/wal").Value);
        Assert.Equal(["meta"], world.Node.Files.List("/meta").Value);
        Assert.Equal(["data"], world.Node.Files.List("/data").Value);
        Assert.False(world.Node.Files.Exists("/store"));
    }

    [Fact]
    public void Create_TwoRolesOnOneDevice_IsRefused()
    {
        using StoreWorld world = WorldWithDevices(1);
        CheckCreationRefused(world, s_three with { Wal = "/dev/data" }, DerCode.Invalid, "Two roles name /dev/data");
    }

    [Fact]
    public void Create_DeviceTooSmall_IsRefusedAndNothingIsLeft()
    {
        using StoreWorld world = WorldWithDevices(1);
        world.Node.Disk.AddDevice("/dev/small", 1 << 20);
        CheckCreationRefused(world, new RolePaths { Data = "/dev/small" }, DerCode.NoSpace, "/dev/small cannot hold");
        Assert.Empty(world.Node.Files.List("/store").Value);
    }

    [Fact]
    public void Create_LogOfAnotherStoreThere_StaysAsItIs()
    {
        using var world = new StoreWorld(1);
        RolePaths roles = RolesOf("three directories");
        world.Run(world.Create(world.Options() with { Roles = roles }).CloseAsync);
        byte[] before = FilePatch.Read(world, "/wal/log", 0, 4096);
        CheckCreationRefused(world, roles with { Meta = "/elsewhere" }, DerCode.Exists, "/wal/log exists although");
        Assert.Equal(before, FilePatch.Read(world, "/wal/log", 0, 4096));
        world.Open(world.Options() with { Roles = roles });
    }

    [Theory]
    [InlineData("/dev/wal", "/dev/data", "exchanged")]
    [InlineData("/dev/meta", "/dev/data", "exchanged")]
    [InlineData("/dev/meta", "/dev/wal", "exchanged")]
    public void Open_DevicesExchanged_IsRefusedAndChangesNothing(string one, string other, string word)
    {
        using StoreWorld world = Closed(out StoreOptions options);
        world.Node.Disk.Exchange(one, other);
        CheckRefused(world, options, word);
        world.Node.Disk.Exchange(one, other);
        world.Open(options with { Report = new StoreReport() });
    }

    [Theory]
    [InlineData("/dev/wal")]
    [InlineData("/dev/meta")]
    [InlineData("/dev/data")]
    public void Open_DeviceOfAnotherStore_IsRefused(string path)
    {
        using StoreWorld world = Closed(out StoreOptions options);
        var others = new RolePaths { Wal = "/dev/wal2", Meta = "/dev/meta2", Data = "/dev/data2" };
        world.Run(world.Create(world.Options() with { Path = "/other", Roles = others, Random = new SeededRandom(99) }).CloseAsync);
        world.Node.Disk.Exchange(path, path + "2");
        CheckRefused(world, options, "belongs to another store");
    }

    [Theory]
    [InlineData("/dev/wal", "is an old copy")]
    [InlineData("/dev/meta", "the metadata is an old copy")]
    [InlineData("/dev/data", "is an old copy")]
    public void Open_DeviceFromBeforeTheLastOpening_IsRefused(string path, string word)
    {
        using StoreWorld world = Closed(out StoreOptions options);
        var old = new byte[DeviceBytes];
        world.Node.Disk.Peek(path, 0, old);
        world.Run(world.Open(options).CloseAsync);
        FilePatch.Write(world, path, 0, old);
        CheckRefused(world, options with { Report = new StoreReport() }, word);
    }

    [Fact]
    public void Open_BlankDevice_IsRefused()
    {
        using StoreWorld world = Closed(out StoreOptions options);
        world.Node.Disk.AddDevice("/dev/blank", DeviceBytes);
        CheckRefused(world, options with { Roles = s_three with { Data = "/dev/blank" } }, "/dev/blank does not begin with");
    }

    [Fact]
    public void Grow_OnADevice_EndsWhereTheDeviceEnds()
    {
        using StoreWorld world = WorldWithDevices(1);
        StoreShard shard = world.Create(world.Options() with { Roles = s_three });
        Assert.Equal(DerCode.Success, world.Run(() => shard.GrowAsync(new ShardGrowth { DataBytes = DeviceBytes })));
        Assert.Equal(DerCode.NoSpace, world.Run(() => shard.GrowAsync(new ShardGrowth { DataBytes = DeviceBytes + 4096 })));
        Assert.Equal(DeviceBytes, shard.DataSpace.TotalBytes);
        Assert.True(shard.State.IsSuccess, shard.LastError);
        world.Run(shard.CloseAsync);
        Assert.Equal(DeviceBytes, world.Open(world.Options() with { Roles = s_three }).DataSpace.TotalBytes);
    }

    [Fact]
    public void Volatile_RolesApart_UsesTheDirectoryOfTheDataAndNoDevice()
    {
        using StoreWorld world = WorldWithDevices(1);
        StoreShard shard = world.Create(world.Options(isVolatile: true) with { Roles = RolesOf("three directories") });
        Assert.Equal(["volatile"], world.Node.Files.List("/data").Value);
        world.Run(shard.CloseAsync);
        StoreOptions options = world.Options(isVolatile: true) with { Roles = s_three };
        Assert.Equal(DerCode.Invalid, world.TryOpen(options).Code);
        Assert.Contains("is no directory", options.Report.LastError);
    }

    private static RolePaths RolesOf(string layout) => layout switch
    {
        "three devices" => s_three,
        "three directories" => new RolePaths { Wal = "/wal", Meta = "/meta", Data = "/data" },
        "wal on a device" => new RolePaths { Wal = "/dev/wal" },
        "data on a device" => new RolePaths { Data = "/dev/data" },
        _ => new RolePaths { Wal = "/wal/" },
    };

    private static StoreWorld WorldWithDevices(ulong seed)
    {
        var world = new StoreWorld(seed);
        foreach (string name in (string[])["wal", "meta", "data", "wal2", "meta2", "data2"])
        {
            world.Node.Disk.AddDevice("/dev/" + name, DeviceBytes);
        }

        return world;
    }

    private static StoreWorld Closed(out StoreOptions options)
    {
        StoreWorld world = WorldWithDevices(1);
        options = world.Options() with { Roles = s_three };
        world.Run(world.Create(options).CloseAsync);
        return world;
    }

    private static void CheckCreationRefused(StoreWorld world, RolePaths roles, DerCode code, string word)
    {
        StoreOptions options = world.Options() with { Roles = roles };
        Assert.Equal(code, world.Run(() => StoreShard.CreateAsync(world.Loop, options)).Code);
        Assert.Contains(word, options.Report.LastError);
    }

    // A refusal changes nothing and frees the devices.
    private static void CheckRefused(StoreWorld world, StoreOptions options, string word)
    {
        ulong before = ContentOf(world);
        Assert.Equal(DerCode.DfInval, world.TryOpen(options).Code);
        Assert.Contains(word, options.Report.LastError);
        Assert.Equal(before, ContentOf(world));
    }

    private static ulong ContentOf(StoreWorld world) => world.Node.Disk.Capture().ContentHash();
}
