namespace Daos.Fabric.Client.Tests;

/// <summary>Engines keep a handle until somebody gives it back, so a client gives back each one: asked to, or when it ends.</summary>
public sealed class HandleTests
{
    [Fact]
    public async Task Close_GivesBackOnce_AndWhatIsForgottenGoesWithTheSystem()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();

        await container.CloseAsync();
        await container.DisposeAsync();
        Assert.Equal([FakeEngine.ContainerHandle], engine.Engine.GivenBack);

        await system.DisposeAsync();
        Assert.Equal([FakeEngine.ContainerHandle, FakeEngine.PoolHandle], engine.Engine.GivenBack);
        await container.Pool.DisposeAsync();
        Assert.Equal(2, engine.Engine.GivenBack.Count);
    }

    [Fact]
    public async Task Close_EngineGone_SaysSoAndEndingDoesNotWait()
    {
        var engine = new RealEngine();
        var options = new DaosClientOptions { Seed = 9, AttemptTimeout = TimeSpan.FromMilliseconds(200), OperationTimeout = TimeSpan.FromMilliseconds(500) };
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync(options);
        engine.Dispose();

        DaosException failed = await Assert.ThrowsAsync<DaosException>(async () => await container.CloseAsync());
        Assert.True(failed.Code == DerCode.Unreachable || failed.Code == DerCode.TimedOut, failed.Message);
        await system.DisposeAsync();
    }
}
