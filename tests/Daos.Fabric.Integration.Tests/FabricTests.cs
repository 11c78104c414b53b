using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Daos.Fabric.Integration.Tests.Support;

namespace Daos.Fabric.Integration.Tests;

/// <summary>The real engine over tcp as operators set it up: TLS, IPv6, host names, interface and port range; dfio writes and reads back.</summary>
public sealed class FabricTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Tls_WithTheCertificate_CarriesCallsAndBulk()
    {
        var certificates = new Certificates(_scratch.Root, "node");
        using EngineProcess engine = await StartAsync("--listen", "tcp://127.0.0.1:0", [.. certificates.Options("tls-")]);
        string uri = await PrimaryOf(engine);
        await WriteAndReadAsync(uri, "kv", "64", certificates.Options("tls_"));
        await WriteAndReadAsync(uri, "array", "1m", certificates.Options("tls_"));
        await WriteAndReadAsync(uri, "bulk", "1m", certificates.Options("tls_"));
    }

    [Fact]
    public async Task Tls_WithoutOrWithAForeignCertificate_IsRefusedWithAReason()
    {
        var certificates = new Certificates(_scratch.Root, "node");
        var foreign = new Certificates(_scratch.Root, "foreign");
        using EngineProcess engine = await StartAsync("--listen", "tcp://127.0.0.1:0", [.. certificates.Options("tls-")]);
        string uri = await PrimaryOf(engine);
        ToolResult plain = await RunAsync(uri, "kv", "64", []);
        ToolResult stranger = await RunAsync(uri, "kv", "64", foreign.Options("tls_"));
        Assert.Equal((1, 1), (plain.ExitCode, stranger.ExitCode));
        Assert.All([plain, stranger], r => Assert.Contains("DER_NO_PERM", r.Errors, StringComparison.Ordinal));
        await WriteAndReadAsync(uri, "kv", "64", certificates.Options("tls_"));
    }

    [Theory]
    [InlineData("tcp://[::1]:0", "tcp://[::1]:")]
    [InlineData("tcp://LocalHost:0", "tcp://")]
    public async Task Listen_Ipv6OrName_ServesThere(string listen, string expected)
    {
        using EngineProcess engine = await StartAsync("--listen", listen, []);
        string uri = await PrimaryOf(engine);
        Assert.StartsWith(expected, uri, StringComparison.Ordinal);
        await WriteAndReadAsync(uri, "kv", "64", []);
    }

    [Fact]
    public async Task FabricInterface_PortInUse_TakesTheNextOfTheRange()
    {
        using var squatter = new TcpListener(IPAddress.Loopback, 0);
        squatter.Start();
        int first = ((IPEndPoint)squatter.LocalEndpoint).Port;
        int last = Math.Min(first + 200, 65535);
        using EngineProcess engine = await StartAsync(
            "--fabric-iface", "lo", ["--fabric-iface-port", string.Create(CultureInfo.InvariantCulture, $"{first}-{last}")]);
        string uri = await PrimaryOf(engine);
        int port = int.Parse(uri[(uri.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
        Assert.InRange(port, first + 1, last);
        await WriteAndReadAsync($"tcp://LocalHost:{port}", "kv", "64", []);
    }

    [Fact]
    public async Task FabricInterface_PortInUseWithoutARange_EndsWithOneAndNamesIt()
    {
        using var squatter = new TcpListener(IPAddress.Loopback, 0);
        squatter.Start();
        string port = ((IPEndPoint)squatter.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        using EngineProcess engine = EngineProcess.Start("--storage", _scratch.Storage, "--fabric-iface=lo", "--fabric-iface-port", port);
        Assert.Equal(1, await engine.WaitExitAsync());
        Assert.Contains($"tcp://127.0.0.1:{port}", engine.Errors, StringComparison.Ordinal);
    }

    private Task<EngineProcess> StartAsync(string option, string value, string[] more) =>
        EngineProcess.StartReadyAsync(["--storage", _scratch.Storage, option, value, .. more]);

    private static async Task<string> PrimaryOf(EngineProcess engine) => (await engine.WaitReadyAsync()).Split("uri=")[1].Split(' ')[0];

    private static async Task WriteAndReadAsync(string uri, string ioengine, string bs, string[] more)
    {
        ToolResult result = await RunAsync(uri, ioengine, bs, more);
        Assert.True(result.ExitCode == 0, result.Errors);
    }

    private static Task<ToolResult> RunAsync(string uri, string ioengine, string bs, string[] more) => ToolProcess.RunAsync(
        ToolProcess.Dfio,
        [$"--name={ioengine}", $"--ioengine={ioengine}", "--rw=randread", $"--bs={bs}", bs == "64" ? "--size=64k" : "--size=16m", "--iodepth=4", "--verify=crc32c", $"--uri={uri}", .. more]);
}
