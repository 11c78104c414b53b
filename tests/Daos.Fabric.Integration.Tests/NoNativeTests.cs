using System.Globalization;
using System.Text.RegularExpressions;
using Daos.Fabric.Integration.Tests.Support;
using Daos.Fabric.TestKit.Processes;

namespace Daos.Fabric.Integration.Tests;

/// <summary>
/// What a .NET developer has on a system for which there is no reactor of our own: processes whose resolver refuses every native library to
/// our assemblies, the C library first, still embed the store, talk tcp and run dfio, on the portable reactor that they fall back to.
/// </summary>
public sealed partial class NoNativeTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("Client", "Daos.Fabric.Client.Tests.Embedded.*", 10)]
    [InlineData("Client", "Daos.Fabric.Client.Tests.SystemTests", 15)]
    [InlineData("Transport", "Daos.Fabric.Transport.Tests.Contract.Portable*", 20)]
    [InlineData("Reactor", "Daos.Fabric.Reactor.Tests.Conformance.Portable*", 40)]
    public async Task Suite_WithoutNativeLibraries_Passes(string project, string classes, int testsAtLeast)
    {
        string name = $"Daos.Fabric.{project}.Tests";
        string path = Path.Combine(EngineProcess.Repository, "tests", name, "bin", "Checked", "net10.0", name);
        Assert.True(File.Exists(path), $"{path} is not built; build the solution first");
        ChildResult result = await RefusedProcess.RunAsync(path, ["-noLogo", "-noColor", "-class", classes]);

        Assert.True(result.ExitCode == 0, result.Output);
        int total = int.Parse(TotalPattern().Match(result.Output).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.True(total >= testsAtLeast, result.Output);
    }

    [Fact]
    public async Task Dfio_EmbeddedWithVerification_RunsClean()
    {
        ChildResult result = await RefusedProcess.RunAsync(
            RefusedProcess.Dfio,
            [
                "--name=mix", "--ioengine=kv", "--rw=randrw", "--bs=4k", "--size=4m", "--iodepth=16", "--verify=crc32c", "--number_ios=4000",
                "--datasize=64m", "--arena=256m", $"--directory={_scratch.Storage}",
            ]);

        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Contains("err= 0", result.Output, StringComparison.Ordinal);
        Assert.Contains("reactor=portable", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EngineAndDfio_OverTcp_RunClean()
    {
        using EngineProcess engine = EngineProcess.StartWith(
            RefusedProcess.Environment, "--storage", _scratch.Storage, "--listen", "tcp://127.0.0.1:0", "--targets", "1");
        string ready = await engine.WaitReadyAsync();
        Assert.True(ready.Length > 0, engine.Errors);
        string uri = UriPattern().Match(ready).Value;
        ChildResult result = await RefusedProcess.RunAsync(
            RefusedProcess.Dfio,
            [
                "--name=put", "--ioengine=kv", "--rw=randrw", "--bs=64", "--size=64k", "--iodepth=16", "--verify=crc32c", "--number_ios=4000",
                $"--uri={uri}",
            ]);

        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Contains("portable reactor is in use", engine.Errors, StringComparison.Ordinal);
        Assert.Equal(0, await engine.TerminateAsync());
    }

    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    public async Task Engine_WithAForcedNativeReactor_SaysWhatToUse(string kind)
    {
        using EngineProcess engine = EngineProcess.StartWith(
            [.. RefusedProcess.Environment, new("DAOS_REACTOR", kind)], _scratch.Arguments());

        Assert.Equal(1, await engine.WaitExitAsync());
        Assert.Contains("use portable", engine.Errors, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"Total: (\d+)")]
    private static partial Regex TotalPattern();

    [GeneratedRegex(@"tcp://[^\s,]+")]
    private static partial Regex UriPattern();
}
