using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Media.Roles;

/// <summary>Roles on directories and block devices of this machine, with every reactor.</summary>
public class RealRoleTests(ITestOutputHelper output)
{
    private const long DeviceBytes = 96 << 20;

    private static readonly CallKeys s_keys = CallKeys.Of("dkey", "akey");

    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    public void Devices_WriteCloseOpen_HoldWhatWasWritten(string kind)
    {
        using var real = new RealLoop(kind);
        using var wal = new BlockDevice(real.Directory, "wal", DeviceBytes);
        using var meta = new BlockDevice(real.Directory, "meta", DeviceBytes);
        using var data = new BlockDevice(real.Directory, "data", DeviceBytes);
        output.WriteLine($"{real.Loop.Reactor.Kind}: {(wal.IsReal ? "block devices" : "no block devices on this machine: files used whole")}");
        StoreOptions options = real.Options() with
        {
            Roles = new RolePaths { Wal = wal.Path, Meta = meta.Path, Data = data.Path },
            Report = new StoreReport(),
        };
        WriteAndReadBack(real, options);
        Assert.False(Directory.Exists(options.Path));
        if (wal.IsReal)
        {
            Assert.Equal(PathKind.Device, real.Loop.Reactor.Files.KindOf(wal.Path));
        }
    }

    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    [InlineData("portable")]
    public void Directories_WriteCloseOpen_HoldWhatWasWritten(string kind)
    {
        using var real = new RealLoop(kind);
        RolePaths roles = new() { Wal = Path.Combine(real.Directory, "fast"), Data = Path.Combine(real.Directory, "big") };
        WriteAndReadBack(real, real.Options() with { Roles = roles });
        Assert.True(File.Exists(Path.Combine(roles.Wal!, "log")));
        Assert.True(File.Exists(Path.Combine(roles.Data!, "data")));
    }

    [Fact]
    public void Device_WithAFileSystem_IsRefusedByName()
    {
        using var real = new RealLoop("epoll");
        using var device = new BlockDevice(real.Directory, "disk", DeviceBytes);
        byte[] magic = [0x53, 0xEF];
        using (FileStream stream = File.OpenWrite(Path.Combine(real.Directory, "disk.img")))
        {
            stream.Position = 1080;
            stream.Write(magic);
            stream.Flush(flushToDisk: true);
        }

        StoreOptions options = real.Options() with { Roles = new RolePaths { Data = device.Path } };
        Assert.Equal(DerCode.Exists, real.Run(() => StoreShard.CreateAsync(real.Loop, options)).Code);
        Assert.Contains("ext2, ext3 or ext4", options.Report.LastError);
        StoreOptions forced = options with { Force = true, Report = new StoreReport() };
        DerResult<StoreShard> created = real.Run(() => StoreShard.CreateAsync(real.Loop, forced));
        Assert.True(created.IsSuccess, forced.Report.LastError);
        real.Run(created.Value.CloseAsync);
    }

    private static void WriteAndReadBack(RealLoop real, StoreOptions options)
    {
        byte[] value = new byte[300_000];
        new Random(1).NextBytes(value);
        DerResult<StoreShard> created = real.Run(() => StoreShard.CreateAsync(real.Loop, options));
        Assert.True(created.IsSuccess, options.Report.LastError);
        Assert.Equal(DerCode.Success, real.Run(() => PutAsync(created.Value, value)));
        IReactorFiles files = real.Loop.Reactor.Files;
        if (options.Roles.Wal is { } wal && files.KindOf(wal) == PathKind.Device)
        {
            Assert.Equal(DerCode.Busy, files.Open(wal, FileAccessMode.Direct).Code);
        }

        real.Run(created.Value.CloseAsync);
        DerResult<StoreShard> opened = real.Run(() => StoreShard.OpenAsync(real.Loop, options));
        Assert.True(opened.IsSuccess, options.Report.LastError);
        (DerCode code, byte[]? read) = real.Run(() => CallsOf(opened.Value).GetAsync(s_keys));
        Assert.Equal(DerCode.Success, code);
        Assert.Equal(value, read);
        real.Run(opened.Value.CloseAsync);
    }

    private static async ValueTask<DerCode> PutAsync(StoreShard shard, byte[] value)
    {
        Assert.Equal(DerCode.Success, await shard.AdmitAsync());
        Assert.Equal(DerCode.Success, shard.CreateContainer(ObjectFixture.Container, out LogPosition position));
        Assert.Equal(DerCode.Success, await shard.WaitStableAsync(position));
        return (await CallsOf(shard).PutAsync(s_keys, value)).Code;
    }

    private static StoreCalls CallsOf(StoreShard shard) => new(shard, ObjectFixture.Container);
}
