using System.Net;
using System.Net.Sockets;
using Daos.Fabric.Integration.Tests.Support;

namespace Daos.Fabric.Integration.Tests;

/// <summary>What people get wrong when they run the benchmark: one clear sentence on standard error and the documented exit code.</summary>
public sealed class DfioWrongPathTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("--nonsense=1", "nonsense")]
    [InlineData("--bs=12x", "12x")]
    [InlineData("/nowhere/job.fio", "/nowhere/job.fio")]
    public async Task Usage_Wrong_EndsWithTwo(string argument, string expected) =>
        Fails(await ToolProcess.RunAsync(ToolProcess.Dfio, ["--name=j", "--ioengine=null", argument]), 2, expected);

    [Fact]
    public async Task Engine_NobodyListens_NamesTheAddress() =>
        Fails(await RunKvAsync($"--uri=tcp://127.0.0.1:{UnusedPort()}"), 1, "tcp://127.0.0.1:");

    [Fact]
    public async Task Store_DirectoryIsAFile_IsRefusedAndLeftAlone()
    {
        await File.WriteAllTextAsync(_scratch.Storage, "dear", TestContext.Current.CancellationToken);

        Fails(await RunKvAsync($"--directory={_scratch.Storage}"), 1, _scratch.Storage);
        Assert.Equal("dear", await File.ReadAllTextAsync(_scratch.Storage, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Store_DirectoryHoldsForeignFiles_IsRefusedAndLeftAlone()
    {
        Directory.CreateDirectory(_scratch.Storage);
        await File.WriteAllTextAsync(Path.Combine(_scratch.Storage, "letter.txt"), "dear", TestContext.Current.CancellationToken);

        Fails(await RunKvAsync($"--directory={_scratch.Storage}"), 1, _scratch.Storage);
        Assert.Equal("letter.txt", Path.GetFileName(Directory.GetFileSystemEntries(_scratch.Storage).Single()));
    }

    private static Task<ToolResult> RunKvAsync(string where) =>
        ToolProcess.RunAsync(ToolProcess.Dfio, ["--name=j", "--ioengine=kv", "--rw=randwrite", "--bs=64", "--size=64k", where]);

    private static void Fails(ToolResult result, int exitCode, string expected)
    {
        Assert.True(result.ExitCode == exitCode, $"exit code {result.ExitCode}, not {exitCode}: {result.Errors}");
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }

    private static int UnusedPort()
    {
        using var squatter = new TcpListener(IPAddress.Loopback, 0);
        squatter.Start();
        return ((IPEndPoint)squatter.LocalEndpoint).Port;
    }
}
