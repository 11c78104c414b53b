using System.Net;
using System.Net.Sockets;
using Daos.Fabric.Client.Memory;
using Daos.Fabric.Integration.Tests.Support;

namespace Daos.Fabric.Integration.Tests;

/// <summary>
/// What people get wrong when they start the real executable: one clear sentence on standard error, the documented exit code, nothing
/// damaged.
/// </summary>
public sealed class WrongPathTests : IDisposable
{
    private readonly Scratch _scratch = new();

    private string MetaFile => Path.Combine(_scratch.Storage, "system", "meta");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Help_IsPrintedAndEndsWithZero()
    {
        using EngineProcess engine = EngineProcess.Start("--help");

        Assert.Equal(0, await engine.WaitExitAsync());
    }

    [Theory]
    [InlineData("--storge", "did you mean '--storage'")]
    [InlineData("--targets=0", "number from 1")]
    [InlineData("--storage", "needs a value")]
    public async Task Usage_Wrong_EndsWithTwo(string argument, string expected)
    {
        using EngineProcess engine = EngineProcess.Start(argument);

        await FailsAsync(engine, 2, expected);
    }

    [Fact]
    public async Task Core_ThatDoesNotExist_IsSaidOnceAndTheEngineServes()
    {
        using EngineProcess engine = await EngineProcess.StartReadyAsync(_scratch.Arguments("--cpu", "4095"));

        await engine.WaitForErrorAsync("target-0: core 4095 does not exist or is not allowed to this process");
        Assert.Equal(0, await engine.TerminateAsync());
        Assert.Equal(2, engine.Errors.Split("core 4095").Length);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    public async Task Descriptors_TooFew_IsSaidBeforeAnythingElse(int allowed)
    {
        using EngineProcess engine = EngineProcess.StartLimited(allowed, [], _scratch.Arguments());

        await FailsAsync(engine, 1, $"only {allowed} file descriptors are allowed and at least 256 are needed; raise 'ulimit -n'.");
        Assert.False(Directory.Exists(_scratch.Storage));
    }

    [Fact]
    public async Task Config_UnknownKey_NamesFileLineColumnAndTheNearestKey()
    {
        string file = Path.Combine(_scratch.Root, "daos_engine.yml");
        await File.WriteAllTextAsync(file, $"storage: {_scratch.Storage}\nlisten: [ \"{_scratch.Address}\" ]\ntragets: 2\n");
        using EngineProcess engine = EngineProcess.Start("--config", file);

        await FailsAsync(engine, 2, $"{file}:3:1: unknown key 'tragets'; did you mean 'targets'?");
        Assert.False(Directory.Exists(_scratch.Storage));
    }

    [Fact]
    public async Task Config_Sample_ServesWithAnOverride()
    {
        string sample = Path.Combine(Path.GetDirectoryName(EngineProcess.Executable)!, "daos_engine.yml");
        using EngineProcess engine = EngineProcess.Start(["--config", sample, .. _scratch.Arguments()]);

        Assert.Equal($"ready rank=0 targets=2 uri={_scratch.Address}", await engine.WaitReadyAsync());
        Assert.Equal(0, await engine.TerminateAsync());
    }

    [Fact]
    public async Task Storage_WithForeignFiles_IsRefusedAndLeftAlone()
    {
        Directory.CreateDirectory(_scratch.Storage);
        await File.WriteAllTextAsync(Path.Combine(_scratch.Storage, "letter.txt"), "dear");
        using EngineProcess engine = EngineProcess.Start(_scratch.Arguments());

        await FailsAsync(engine, 1, "is not empty and was not formatted by daos_engine");
        Assert.Equal("letter.txt", Path.GetFileName(Directory.GetFileSystemEntries(_scratch.Storage).Single()));
    }

    [Fact]
    public async Task Storage_IsAFile_IsRefused()
    {
        await File.WriteAllTextAsync(_scratch.Storage, "not a directory");
        using EngineProcess engine = EngineProcess.Start(_scratch.Arguments());

        await FailsAsync(engine, 1, "is not a directory");
        Assert.Equal("not a directory", await File.ReadAllTextAsync(_scratch.Storage));
    }

    [Fact]
    public async Task Storage_BelowAFile_CannotBeCreated()
    {
        await File.WriteAllTextAsync(_scratch.Storage, "");
        using EngineProcess engine = EngineProcess.Start("--storage", $"{_scratch.Storage}/below", "--listen", _scratch.Address);

        await FailsAsync(engine, 1, "cannot create");
    }

    [Fact]
    public async Task Storage_CannotBeRead_IsRefusedAndLeftAlone()
    {
        await FormatAsync();
        byte[] before = await File.ReadAllBytesAsync(MetaFile);
        File.SetUnixFileMode(_scratch.Storage, UnixFileMode.None);
        ToolResult result = await ToolProcess.RunAsync(
            EngineProcess.Executable, ["--storage", _scratch.Storage, "--listen", "tcp://127.0.0.1:0"], isUnprivileged: true);
        File.SetUnixFileMode(_scratch.Storage, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        Assert.True(result.ExitCode == 1, $"exit code {result.ExitCode}: {result.Errors}");
        Assert.Contains(_scratch.Storage, result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(MetaFile));
    }

    [Fact]
    public async Task Storage_UsedByAnotherEngine_IsRefused()
    {
        using EngineProcess first = await EngineProcess.StartReadyAsync(_scratch.Arguments());
        using EngineProcess second = EngineProcess.Start("--storage", _scratch.Storage, "--listen", $"unix://{_scratch.Root}/other.sock");

        await FailsAsync(second, 1, "another engine uses");
        Assert.Equal(0, await first.TerminateAsync());
    }

    [Fact]
    public async Task Port_InUse_IsRefused()
    {
        using var squatter = new TcpListener(IPAddress.Loopback, 0);
        squatter.Start();
        int port = ((IPEndPoint)squatter.LocalEndpoint).Port;
        using EngineProcess engine = EngineProcess.Start("--storage", _scratch.Storage, "--listen", $"tcp://127.0.0.1:{port}");

        await FailsAsync(engine, 1, $"tcp://127.0.0.1:{port} cannot be listened on");
    }

    [Theory]
    [InlineData("http://127.0.0.1:1", "tcp://, unix://, shm:// and ofi+ addresses only")]
    [InlineData("tcp://127.0.0.1", "malformed")]
    [InlineData("unix://relative", "malformed")]
    [InlineData("10001", "has no scheme")]
    public async Task Listen_Malformed_IsRefused(string address, string expected)
    {
        using EngineProcess engine = EngineProcess.Start("--storage", _scratch.Storage, "--listen", address);

        await FailsAsync(engine, 2, expected);
        Assert.False(Directory.Exists(_scratch.Storage));
    }

    [Fact]
    public async Task Superblock_OneCopyCorrupt_TheOtherServes()
    {
        await FormatAsync();
        await DamageAsync(bytes => [(byte)(bytes[0] ^ 0xFF), .. bytes.AsSpan(1)]);
        using EngineProcess engine = EngineProcess.Start(_scratch.Arguments());

        Assert.StartsWith("ready ", await engine.WaitReadyAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await engine.TerminateAsync());
    }

    [Fact]
    public async Task Superblock_BothCopiesCorrupt_IsRefusedAndNothingIsChanged()
    {
        await FormatAsync();
        byte[] before = await DamageAsync(Superblocks.Corrupt);
        using EngineProcess engine = EngineProcess.Start(_scratch.Arguments());

        await FailsAsync(engine, 1, "DER_DF_INVAL");
        Assert.Equal(before, await File.ReadAllBytesAsync(MetaFile));
    }

    [Fact]
    public async Task Superblock_OfANewerFormat_IsRefusedAndNothingIsChanged()
    {
        await FormatAsync();
        byte[] before = await DamageAsync(bytes => Superblocks.WithVersion(bytes, 99));
        using EngineProcess engine = EngineProcess.Start(_scratch.Arguments());

        await FailsAsync(engine, 1, "DER_DF_INCOMPT");
        Assert.Equal(before, await File.ReadAllBytesAsync(MetaFile));
    }

    [Fact]
    public async Task Module_Unknown_IsRefused()
    {
        using EngineProcess engine = EngineProcess.Start(_scratch.Arguments("--module", "Vendor.Missing"));

        await FailsAsync(engine, 1, "module 'Vendor.Missing' is unknown");
        Assert.False(Directory.Exists(_scratch.Storage));
    }

    [Fact]
    public async Task Terminate_AndStartAgain_KeepsTheData()
    {
        using (EngineProcess engine = await EngineProcess.StartReadyAsync(_scratch.Arguments()))
        {
            await using DaosSystem system = await DaosSystem.ConnectAsync(_scratch.Address);
            DaosPool pool = await system.CreatePoolAsync("p");
            DaosContainer container = await pool.CreateContainerAsync("c");
            await container.OpenKeyValue("kv").PutAsync("key", "value"u8.ToArray());
            Assert.Equal(0, await engine.TerminateAsync());
        }

        using (EngineProcess engine = await EngineProcess.StartReadyAsync(_scratch.Arguments()))
        {
            await using DaosSystem system = await DaosSystem.ConnectAsync(_scratch.Address);
            DaosContainer container = await (await system.ConnectPoolAsync("p")).OpenContainerAsync("c");
            using DaosValue value = await container.OpenKeyValue("kv").GetAsync("key");
            Assert.Equal("value"u8.ToArray(), value.ToArray());
        }
    }

    private static async Task FailsAsync(EngineProcess engine, int exitCode, string expected)
    {
        int code = await engine.WaitExitAsync();
        string errors = engine.Errors;
        Assert.True(code == exitCode, $"exit code {code}, not {exitCode}: {errors}");
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    private async Task<byte[]> DamageAsync(Func<byte[], byte[]> damage)
    {
        byte[] bytes = damage(await File.ReadAllBytesAsync(MetaFile));
        await File.WriteAllBytesAsync(MetaFile, bytes);
        return bytes;
    }

    private async Task FormatAsync()
    {
        using EngineProcess engine = await EngineProcess.StartReadyAsync(_scratch.Arguments());
        Assert.Equal(0, await engine.TerminateAsync());
    }
}
