using Daos.Fabric.Core.Errors;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Store.Tool.Tests;

/// <summary><c>dstore device</c>, and the other commands on a store whose parts lie in blobs.</summary>
public sealed class DstoreDeviceTests : IDisposable
{
    private static readonly Guid s_pool = new("aaaaaaaa-0000-0000-0000-000000000001");
    private static readonly ContainerId s_container = new(new Guid("11112222-3333-4444-5555-666677778888"));

    private readonly string _root = Path.Combine(AppContext.BaseDirectory, $"dstore-device-{Environment.ProcessId}-{Guid.NewGuid():N}");
    private readonly string _device;

    public DstoreDeviceTests()
    {
        Directory.CreateDirectory(_root);
        _device = Path.Combine(_root, "disk");
        using var loop = new ToolLoop();
        loop.Run(async () =>
        {
            var format = new DeviceFormatOptions
            {
                Path = _device,
                CreateBytes = 48 << 20,
                Random = new SeededRandom(1),
                Owner = new DeviceOwner("daos_server", 4, Guid.Empty),
            };
            Assert.True((await DeviceFormatter.RunAsync(loop.Loop, format)).IsSuccess, format.Report.LastError);
            BlobDevice device = (await BlobDevice.OpenAsync(loop.Loop, new DeviceOpenOptions { Path = _device })).Value;
            var options = new StoreOptions
            {
                Path = "",
                Hlc = new HybridLogicalClock(SystemClock.Instance),
                Random = new SeededRandom(2),
                ArenaReserveBytes = 4 << 20,
                LogBytes = 4 << 20,
                DataBytes = 4 << 20,
            };
            options = options with { Path = _root + "/none" };
            BlobRequest[] requests =
            [
                .. ((BlobRole[])[BlobRole.Wal, BlobRole.Meta, BlobRole.Data]).Select(r => new BlobRequest(
                    new BlobTag(s_pool, 3, r), ShardBlobSizes.Of(r, options.ArenaReserveBytes, options.LogBytes, options.DataBytes))),
            ];
            Assert.Equal(DerCode.Success, await device.CreateAsync(requests, new SeededRandom(3)));
            DerResult<StoreShard> made = await StoreShard.CreateAsync(loop.Loop, options with { Blobs = RoleBlobs.Of(device.Blobs) });
            Assert.True(made.IsSuccess, options.Report.LastError);
            Assert.Equal(DerCode.Success, made.Value.CreateContainer(s_container, out LogPosition position));
            Assert.Equal(DerCode.Success, await made.Value.WaitStableAsync(position));
            await made.Value.CloseAsync();
            device.Close();
            return true;
        });
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Device_Formatted_ListsOwnerAndBlobs()
    {
        (int code, string output, string errors) = Run("device", _device);
        Assert.True(code == ExitCode.Sound, output + errors);
        Assert.Contains("owner: system daos_server, rank 4, not in use by an engine yet", output);
        Assert.Contains($"wal of pool {s_pool} on target 3, ", output);
        Assert.Equal(3, output.Split('\n').Count(l => l.StartsWith("blob ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Commands_StoreInBlobs_FindItByPoolAndTarget()
    {
        byte[] before = File.ReadAllBytes(_device);
        string[] place = ["--device", _device, "--pool", s_pool.ToString(), "--target", "3"];
        (int code, string output, string errors) = Run(["check", .. place]);
        Assert.True(code == ExitCode.Sound, output + errors);
        Assert.Contains($"pool {s_pool} on target 3 is sound.", output);
        Assert.Contains(s_container.Value.ToString(), Run(["ls", .. place]).Output);
        Assert.Equal(ExitCode.Sound, Run(["dump", .. place]).Code);
        Assert.Equal(ExitCode.Sound, Run(["wal", .. place]).Code);
        (code, _, errors) = Run(["check", "--write", .. place]);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("renewed by its engine", errors);
        Assert.Equal(before, File.ReadAllBytes(_device));
    }

    [Fact]
    public void Commands_WrongDeviceOrPool_SayWhy()
    {
        (int code, _, string errors) = Run("check", "--device", _device, "--pool", s_pool.ToString(), "--target", "4");
        Assert.Equal(ExitCode.Unavailable, code);
        Assert.Contains("'dstore device' shows what is", errors);
        (code, _, errors) = Run("device", _device + "x");
        Assert.Equal(ExitCode.Unavailable, code);
        Assert.Contains("does not exist", errors);
        File.WriteAllBytes(Path.Combine(_root, "other"), new byte[8 << 20]);
        (code, _, errors) = Run("device", Path.Combine(_root, "other"));
        Assert.Equal(ExitCode.Damaged, code);
        Assert.Contains("is not formatted", errors);
        (code, _, errors) = Run("ls");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("Which store?", errors);
    }

    private static (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int code = Program.Run(arguments, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
