using Daos.Fabric.Integration.Tests.Support;

namespace Daos.Fabric.Integration.Tests;

/// <summary>
/// The two WIRE.md pages suffice to write a client: one in Python's standard library, in under 300 lines, talks to the real engine.
/// </summary>
public sealed class WireClientTests(ITestOutputHelper output)
{
    private static readonly string s_script = Path.Combine(EngineProcess.Repository, "tests", "Daos.Fabric.Integration.Tests", "Python", "wire_client.py");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PythonClient_EchoBulkGetAndPut_EveryByteRight(bool unix)
    {
        using var scratch = new Scratch();
        string listen = unix ? scratch.Address : "tcp://127.0.0.1:0";
        using EngineProcess engine = EngineProcess.Start("--storage", scratch.Storage, "--listen", listen);
        string ready = await engine.WaitReadyAsync();
        Assert.True(ready.Length > 0, engine.Errors);
        string uri = ready.Split("uri=")[1].Split(' ')[0];
        ToolResult result = await ToolProcess.RunAsync("python3", [s_script, uri]);
        output.WriteLine(result.Output);
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal("echoes=8 bulk-get=1000003 bulk-put=1000003 refused=-1001", result.Output.Trim());
        Assert.Equal(0, await engine.TerminateAsync());
    }

    [Fact]
    public void PythonClient_Script_StaysShort() => Assert.InRange(File.ReadLines(s_script).Count(), 50, 299);
}
