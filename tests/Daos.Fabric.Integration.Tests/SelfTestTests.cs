using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Daos.Fabric.Integration.Tests.Support;
using Daos.Fabric.Transport.Ofi;

namespace Daos.Fabric.Integration.Tests;

/// <summary>The self-test tool against the real engine: every kind of wire, ranks and addresses, a master, an engine that dies, wrong calls.</summary>
public sealed class SelfTestTests : IDisposable
{
    private const string Shapes = "(0 0),(i64 i64),(i30000 i40000),(0 b64k),(b64k 0),(b64k b64k)";

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("tcp")]
    [InlineData("unix")]
    [InlineData("shm")]
    [InlineData("ofi+tcp;ofi_rxm")]
    [InlineData("ofi+shm")]
    public async Task Run_OverAnyWire_MeasuresEverySizeAndNumberInFlight(string scheme)
    {
        Assert.SkipUnless(!OfiProvider.IsScheme(scheme) | OfiProvider.IsAvailable(out string reason), reason);
        using EngineProcess engine = await StartAsync(Address(scheme));
        string uri = UriOf(await engine.WaitReadyAsync());
        ToolResult result = await ToolProcess.RunAsync(
            ToolProcess.SelfTest,
            ["--endpoint", $"{uri}#0,2-3", "-s", Shapes, "-r", "301", "-i", "1,16", "--warm-up", "20", "--json"]);

        Assert.True(result.ExitCode == 0, result.Errors);
        JsonElement[] measurements = Measurements(result);
        Assert.Equal(12, measurements.Length);
        Assert.Equal(["send", "send", "send", "put", "get", "get+put"], measurements.Where((_, i) => i % 2 == 0).Select(m => m.GetProperty("kind").GetString()!));
        foreach (JsonElement measurement in measurements)
        {
            Assert.Equal(301, measurement.GetProperty("succeeded").GetInt64());
            Assert.Equal(0, measurement.GetProperty("failed").GetInt64() + measurement.GetProperty("not_made").GetInt64());
            Assert.True(measurement.GetProperty("rpcs_per_second").GetDouble() > 0);
            Assert.True(measurement.GetProperty("latency_ns").GetProperty("p99").GetInt64() >= measurement.GetProperty("latency_ns").GetProperty("p50").GetInt64());
            Assert.Equal([101, 100, 100], measurement.GetProperty("endpoints").EnumerateArray().Select(e => e.GetProperty("succeeded").GetInt64()));
        }
    }

    [Fact]
    public async Task Run_RanksAndMasters_AreFoundThroughOneEngine()
    {
        using EngineProcess engine = await StartAsync(Address("tcp"));
        string uri = UriOf(await engine.WaitReadyAsync());
        ToolResult result = await ToolProcess.RunAsync(ToolProcess.SelfTest, ["--uri", uri, "-e", "0:2", "-s", "(64 64),(0 b4k)", "-r", "100"]);
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(3, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        result = await ToolProcess.RunAsync(
            ToolProcess.SelfTest, ["--uri", uri, "-m", "0:0", "-e", "0:2-3", "-s", "(64 64),(0 b4k)", "-r", "100", "--json"]);
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.All(Measurements(result), m => Assert.Equal(("0:0", 100L), (m.GetProperty("master").GetString(), m.GetProperty("succeeded").GetInt64())));

        Fails(await ToolProcess.RunAsync(ToolProcess.SelfTest, ["--uri", uri, "-e", "7:0"]), 1, "does not know rank 7");
        Fails(await ToolProcess.RunAsync(ToolProcess.SelfTest, ["-e", uri + "#99"]), 1, "no such tag");
        Fails(await ToolProcess.RunAsync(ToolProcess.SelfTest, ["-e", uri, "-s", "(0 b8m)", "-i", "1000", "-r", "1"]), 1, "DER_NOMEM");
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("unix")]
    [InlineData("shm")]
    [InlineData("ofi+tcp;ofi_rxm")]
    [InlineData("ofi+shm")]
    public async Task Run_EngineDies_EndsWithOneAndSaysWhy(string scheme)
    {
        Assert.SkipUnless(!OfiProvider.IsScheme(scheme) | OfiProvider.IsAvailable(out string reason), reason);
        using EngineProcess engine = await StartAsync(Address(scheme));
        string uri = UriOf(await engine.WaitReadyAsync());
        var start = new ProcessStartInfo(ToolProcess.SelfTest, ["-e", uri, "-s", "(0 0),(b32m 0)", "-r", "20000", "-i", "2", "--timeout", "20"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process tool = Process.Start(start)!;
        try
        {
            Task<string> errors = tool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);

            // The small calls are over; 20,000 times 32 MiB take minutes.
            string? line;
            do
            {
                line = await tool.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            }
            while (line is not null && !line.Contains(" send ", StringComparison.Ordinal) && !line.StartsWith("- ", StringComparison.Ordinal));
            Assert.NotNull(line);
            engine.Kill();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await tool.WaitForExitAsync(limit.Token);
            Fails(new ToolResult(tool.ExitCode, "", await errors), 1, "DER_UNREACH");
        }
        finally
        {
            if (!tool.HasExited)
            {
                tool.Kill();
            }
        }
    }

    [Theory]
    [InlineData("nothing to measure")]
    [InlineData("nonsense", "--nonsense")]
    [InlineData("needs a value", "-e")]
    [InlineData("not an endpoint", "-e", "five")]
    [InlineData("'x'", "-u", "tcp://127.0.0.1:1", "-e", "0-1:x")]
    [InlineData("--uri", "-e", "0:0")]
    [InlineData("not as an address", "-u", "tcp://127.0.0.1:1", "-m", "0:0", "-e", "tcp://127.0.0.1:1")]
    [InlineData("'12q'", "-e", "tcp://127.0.0.1:1", "-s", "(12q 0)")]
    [InlineData("pair of sizes", "-e", "tcp://127.0.0.1:1", "-s", "(1 2 3)")]
    [InlineData("'b0'", "-e", "tcp://127.0.0.1:1", "-s", "(b0 0)")]
    [InlineData("1 to 1024", "-e", "tcp://127.0.0.1:1", "-i", "1,0")]
    [InlineData("adaptive, busy or sleep", "-e", "tcp://127.0.0.1:1", "--polling", "never")]
    [InlineData("--tls-key", "-e", "tcp://127.0.0.1:1", "--tls-ca", "/x")]
    public async Task Call_Wrong_EndsWithTwoAndSaysWhatToWrite(string expected, params string[] arguments) =>
        Fails(await ToolProcess.RunAsync(ToolProcess.SelfTest, arguments), 2, expected);

    [Fact]
    public async Task Engine_NobodyListens_NamesTheAddress() =>
        Fails(await ToolProcess.RunAsync(ToolProcess.SelfTest, ["-e", "tcp://127.0.0.1:9"]), 1, "tcp://127.0.0.1:9");

    [Fact]
    public async Task Help_IsOnStandardOutput()
    {
        ToolResult result = await ToolProcess.RunAsync(ToolProcess.SelfTest, ["--help"]);
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        Assert.Contains("--message-sizes", result.Output, StringComparison.Ordinal);
    }

    private static JsonElement[] Measurements(ToolResult result)
    {
        using JsonDocument document = JsonDocument.Parse(result.Output);
        return [.. document.RootElement.GetProperty("measurements").EnumerateArray().Select(m => m.Clone())];
    }

    private static void Fails(ToolResult result, int exitCode, string expected)
    {
        Assert.True(result.ExitCode == exitCode, $"exit code {result.ExitCode}, not {exitCode}: {result.Errors}");
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
        Assert.StartsWith("self_test: ", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }

    private Task<EngineProcess> StartAsync(string address) =>
        EngineProcess.StartReadyAsync("--storage", _scratch.Storage, "--listen", address, "--targets", "2");

    private string Address(string scheme) => scheme switch
    {
        "tcp" => "tcp://127.0.0.1:0",
        "ofi+tcp;ofi_rxm" => "ofi+tcp;ofi_rxm://127.0.0.1:0",
        "ofi+shm" => $"ofi+shm://{Path.GetFileName(_scratch.Root)}",
        "unix" => $"unix://{Path.Combine(_scratch.Root, "e.sock")}",
        _ => string.Create(CultureInfo.InvariantCulture, $"shm://self-test-{Environment.ProcessId}"),
    };

    private static string UriOf(string ready) => ready[(ready.IndexOf("uri=", StringComparison.Ordinal) + 4)..];
}
