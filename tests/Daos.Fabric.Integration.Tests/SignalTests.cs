using Daos.Fabric.Integration.Tests.Support;

namespace Daos.Fabric.Integration.Tests;

/// <summary>SIGTERM ends an engine cleanly; a second one does not wait for that.</summary>
public sealed class SignalTests
{
    private const int Terminated = 128 + 15;

    [Fact]
    public async Task Terminate_WhileTheEndHangs_TheSecondSignalEndsIt()
    {
        using var scratch = new Scratch();
        using EngineProcess engine = EngineProcess.StartWith([new("DAOS_TEST_HANGS", "1")], scratch.Arguments("--module", EngineProcess.TestModule));
        Assert.NotEmpty(await engine.WaitReadyAsync());

        await engine.AskToEndAsync();
        await engine.WaitForErrorAsync("hanging: cleanup");
        Assert.False(engine.HasExited);
        await engine.AskToEndAsync();

        Assert.Equal(Terminated, await engine.WaitExitAsync());
    }

    [Fact]
    public async Task Terminate_Once_EndsCleanly()
    {
        using var scratch = new Scratch();
        using EngineProcess engine = await EngineProcess.StartReadyAsync(scratch.Arguments("--module", EngineProcess.TestModule));

        Assert.Equal(0, await engine.TerminateAsync());
    }
}
