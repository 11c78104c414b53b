using Daos.Fabric.Core.Time;
using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.Store;
using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Engine.Tests.Starting;

/// <summary>What an engine takes for its devices when it starts, and what it refuses.</summary>
public sealed class SharedTierStartTests
{
    private const long DeviceBytes = 64 << 20;

    private static readonly StorageTier[] s_one = [StorageTier.Of(["/dev/a", "/dev/b"])];

    [Fact]
    public void Start_DevicesFormattedForNobody_AreTaken()
    {
        using Stage stage = StageWith(s_one);
        Guid device = Format(stage, "/dev/a", new DeviceOwner("daos_server", 7, Guid.Empty));
        stage.Engine.Start();
        Assert.Equal(device, stage.Complete(stage.Engine.Server!.ListDevicesAsync()).Value[0].Id);
        stage.Engine.Stop();
        DeviceOwner owner = Describe(stage, "/dev/a").Owner;
        Assert.Equal(("daos_server", 7u), (owner.System, owner.Rank));
        Assert.NotEqual(Guid.Empty, owner.Storage);
        Assert.Equal(owner.Storage, Describe(stage, "/dev/b").Owner.Storage);
    }

    [Fact]
    public void Start_ForeignSignature_IsRefusedAndNothingIsWritten()
    {
        using Stage stage = StageWith(s_one);
        MakeStore(stage, "/dev/b");
        byte[] before = new byte[4096];
        stage.Engine.Node.Disk.Peek("/dev/b", 0, before);
        CheckRefused(stage, DerCode.Exists, "/dev/b holds the metadata of a store");
        byte[] after = new byte[4096];
        stage.Engine.Node.Disk.Peek("/dev/b", 0, after);
        Assert.Equal(before, after);
    }

    [Fact]
    public void Start_DeviceOfAnotherEngine_IsRefused()
    {
        using Stage stage = StageWith(s_one);
        Format(stage, "/dev/a", new DeviceOwner("other", 1, Guid.NewGuid()));
        CheckRefused(stage, DerCode.Exists, "belongs to another engine (system other, rank 1");
    }

    [Fact]
    public void Start_OtherNumberOfDevices_IsRefused()
    {
        using Stage stage = StageWith(s_one);
        stage.Engine.Start();
        stage.Engine.Stop();
        stage.Engine.Node.Disk.AddDevice("/dev/c", DeviceBytes);
        foreach (string[] devices in (string[][])[["/dev/a"], ["/dev/a", "/dev/b", "/dev/c"]])
        {
            var other = new SimulatedEngine(stage.Engine.Node, stage.Options with { Tiers = [StorageTier.Of(devices)] }, new SeededRandom(5));
            DaosException error = Assert.Throws<DaosException>(() => other.Start());
            Assert.Equal(DerCode.Mismatch, error.Code);
            other.CloseFailed();
        }

        stage.Engine.Start();
    }

    [Fact]
    public void Options_DevicesAndVolatileOrTwiceNamed_AreRefused()
    {
        var options = new EngineOptions { Path = "/x", Tiers = s_one };
        options.Validate();
        Assert.Contains("volatile", Assert.Throws<ArgumentException>(() => (options with { Volatile = true }).Validate()).Message, StringComparison.Ordinal);
        StorageTier[] twice = [StorageTier.Of(["/dev/a"]), StorageTier.Of(["/dev/b", "/dev/a"])];
        Assert.Contains("named twice", Assert.Throws<ArgumentException>(() => (options with { Tiers = twice }).Validate()).Message, StringComparison.Ordinal);
    }

    private static Stage StageWith(StorageTier[] tiers)
    {
        var stage = new Stage(change: o => o with { Tiers = tiers });
        foreach (string path in tiers.SelectMany(t => t.Devices))
        {
            stage.Engine.Node.Disk.AddDevice(path, DeviceBytes);
        }

        return stage;
    }

    private static Guid Format(Stage stage, string path, DeviceOwner owner)
    {
        var options = new DeviceFormatOptions { Path = path, Owner = owner, Random = new SeededRandom(9) };
        DerResult<Guid> device = Run(stage, loop => DeviceFormatter.RunAsync(loop, options));
        Assert.True(device.IsSuccess, options.Report.LastError);
        return device.Value;
    }

    private static DeviceDescription Describe(Stage stage, string path) =>
        Run(stage, loop => BlobDevice.DescribeAsync(loop, new DeviceOpenOptions { Path = path, IsReadOnly = true })).Value;

    private static void MakeStore(Stage stage, string path) => Run(stage, async loop =>
    {
        DerResult<StoreShard> shard = await StoreShard.CreateAsync(loop, new StoreOptions
        {
            Path = "/elsewhere",
            Roles = new RolePaths { Meta = path },
            Hlc = new HybridLogicalClock(stage.Engine.Node.Clock),
            Random = new SeededRandom(4),
            ArenaReserveBytes = 2 << 20,
            LogBytes = 4 << 20,
            DataBytes = 1 << 20,
        });
        await shard.Value.CloseAsync();
        return true;
    });

    private static T Run<T>(Stage stage, Func<OwnerLoop, ValueTask<T>> body)
    {
        OwnerLoop loop = stage.Engine.Node.AddLoop("tool");
        T result = default!;
        bool isDone = false;
        stage.World.On(loop, () => loop.Spawn(RunAsync()));
        Assert.True(stage.World.RunUntil(() => isDone));
        return result;

        async ValueTask RunAsync()
        {
            result = await body(loop);
            isDone = true;
        }
    }

    private static void CheckRefused(Stage stage, DerCode code, string word)
    {
        DaosException error = Assert.Throws<DaosException>(() => stage.Engine.Start());
        Assert.Equal(code, error.Code);
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
        stage.Engine.CloseFailed();
    }
}
