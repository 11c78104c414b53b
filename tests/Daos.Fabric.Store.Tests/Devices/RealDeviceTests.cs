using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Devices;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Tests.Media.Roles;

namespace Daos.Fabric.Store.Tests.Devices;

/// <summary>A block device of this machine, or a file that is used whole, shared by shards on every reactor.</summary>
public class RealDeviceTests(ITestOutputHelper output)
{
    private const long DeviceBytes = 256 << 20;

    private static readonly CallKeys s_keys = CallKeys.Of("dkey", "akey");

    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    public void TwoShards_WriteCloseOpen_HoldWhatWasWritten(string kind)
    {
        using var real = new RealLoop(kind);
        using var disk = new BlockDevice(real.Directory, "shared", DeviceBytes);
        output.WriteLine($"{real.Loop.Reactor.Kind}: {(disk.IsReal ? "a block device" : "no block devices on this machine: a file used whole")}");
        var format = new DeviceFormatOptions { Path = disk.Path, Random = new SeededRandom(1) };
        DerResult<Guid> formatted = real.Run(() => DeviceFormatter.RunAsync(real.Loop, format));
        Assert.True(formatted.IsSuccess, format.Report.LastError);
        var open = new DeviceOpenOptions { Path = disk.Path };
        BlobDevice device = Open(real, open);
        Assert.Equal(DerCode.Busy, real.Loop.Reactor.Files.KindOf(disk.Path) == PathKind.Device
            ? real.Loop.Reactor.Files.Open(disk.Path, FileAccessMode.Direct).Code
            : DerCode.Busy);
        for (int round = 0; round < 2; round++)
        {
            for (int target = 0; target < 2; target++)
            {
                StoreOptions options = OptionsOf(real, device, target, isNew: round == 0);
                DerResult<StoreShard> shard = round == 0
                    ? real.Run(() => StoreShard.CreateAsync(real.Loop, options))
                    : real.Run(() => StoreShard.OpenAsync(real.Loop, options));
                Assert.True(shard.IsSuccess, options.Report.LastError);
                if (round == 0)
                {
                    real.Run(() => PutAsync(shard.Value, target));
                }
                else
                {
                    Assert.Equal(Value(target), real.Run(() => new StoreCalls(shard.Value, ObjectFixture.Container).GetAsync(s_keys)).Value);
                }

                real.Run(shard.Value.CloseAsync);
            }

            device.Close();
            device = Open(real, open);
        }

        Assert.Equal(DerCode.Success, real.Run(() => device.DestroyAsync(static t => t.Target == 0)));
        Assert.Equal(3, device.Blobs.Count);
        device.Close();
    }

    [Fact]
    public async Task Formatting_FromAnyThread_LaysOutDescribesAndRefuses()
    {
        using var real = new RealLoop("epoll");
        var options = new DeviceFormatOptions
        {
            Path = Path.Combine(real.Directory, "file"),
            CreateBytes = 16 << 20,
            Random = new SeededRandom(3),
            Owner = new DeviceOwner("daos_server", 5, Guid.Empty),
            Roles = BlobRole.Data,
        };
        DerResult<Guid> device = await DeviceFormatting.FormatAsync(options);
        Assert.True(device.IsSuccess, options.Report.LastError);
        var report = new StoreReport();
        DerResult<DeviceDescription> description = await DeviceFormatting.DescribeAsync(options.Path, report);
        Assert.True(description.IsSuccess, report.LastError);
        Assert.Equal(device.Value, description.Value.Id);
        Assert.Equal(options.Owner, description.Value.Owner);
        Assert.Equal(BlobRole.Data, description.Value.Roles);
        Assert.Equal(16 << 20, description.Value.DeviceBytes);
        Assert.Empty(description.Value.Blobs);
        Assert.Equal(DerCode.Exists, (await DeviceFormatting.FormatAsync(options)).Code);
        Assert.Contains("a device of an engine", options.Report.LastError);
        Assert.True((await DeviceFormatting.FormatAsync(options with { Force = true })).IsSuccess);
        Assert.Equal(DerCode.Nonexist, (await DeviceFormatting.DescribeAsync(options.Path + "x", report)).Code);
    }

    private static BlobDevice Open(RealLoop real, DeviceOpenOptions options)
    {
        DerResult<BlobDevice> device = real.Run(() => BlobDevice.OpenAsync(real.Loop, options));
        Assert.True(device.IsSuccess, options.Report.LastError);
        return device.Value;
    }

    private static StoreOptions OptionsOf(RealLoop real, BlobDevice device, int target, bool isNew)
    {
        StoreOptions options = real.Options() with
        {
            Random = new SeededRandom((ulong)target + 5),
            ArenaReserveBytes = 8 << 20,
            LogBytes = 4 << 20,
            DataBytes = 16 << 20,
            Report = new StoreReport(),
        };
        if (isNew)
        {
            BlobRequest[] requests =
            [
                .. ((BlobRole[])[BlobRole.Wal, BlobRole.Meta, BlobRole.Data]).Select(r => DeviceWorld.Ask(
                    target, r, ShardBlobSizes.Of(r, options.ArenaReserveBytes, options.LogBytes, options.DataBytes))),
            ];
            Assert.Equal(DerCode.Success, real.Run(() => device.CreateAsync(requests, new SeededRandom((ulong)target))));
        }

        return options with { Blobs = DeviceWorld.BlobsOf(device, target) };
    }

    private static async ValueTask PutAsync(StoreShard shard, int target)
    {
        Assert.Equal(DerCode.Success, await shard.AdmitAsync());
        Assert.Equal(DerCode.Success, shard.CreateContainer(ObjectFixture.Container, out LogPosition position));
        Assert.Equal(DerCode.Success, await shard.WaitStableAsync(position));
        Assert.Equal(DerCode.Success, (await new StoreCalls(shard, ObjectFixture.Container).PutAsync(s_keys, Value(target))).Code);
    }

    private static byte[] Value(int number)
    {
        byte[] value = new byte[300_000];
        new Random(number).NextBytes(value);
        return value;
    }
}
