using Daos.Fabric.Core.Faults;

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
        Assert.Equal([engine.Engine.ContainerHandle], engine.Engine.GivenBack);

        await system.DisposeAsync();
        Assert.Equal([engine.Engine.ContainerHandle, engine.Engine.PoolHandle], engine.Engine.GivenBack);
        await container.Pool.DisposeAsync();
        Assert.Equal(2, engine.Engine.GivenBack.Count);
    }

    [Fact]
    public async Task Open_ReplyLost_ComesAgainUnderTheSameHandle()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync(new DaosClientOptions { Seed = 9, AttemptTimeout = TimeSpan.FromMilliseconds(100) });
        await using (system)
        {
            engine.Engine.Faults.Arm(FaultPoint.RpcReplyDropped, 1, timesMax: 2);
            await using DaosContainer again = await container.Pool.OpenContainerAsync("cont");
            Assert.Equal(2, engine.Engine.Faults.FiredOf(FaultPoint.RpcReplyDropped));
            Assert.Equal(3, engine.Engine.Drawn.Count);
        }

        Assert.Equal(engine.Engine.Drawn, engine.Engine.GivenBack.ToHashSet());
    }

    [Fact]
    public async Task Open_GivenUpBeforeTheReply_IsGivenBackWithTheSystemAllTheSame()
    {
        using var engine = new RealEngine();
        (DaosSystem system, DaosContainer container) = await engine.OpenAsync();
        await using (system)
        {
            FaultRegistry faults = engine.Engine.Faults;
            faults.Arm(FaultPoint.RpcReplyDropped, 1);
            using var source = new CancellationTokenSource();
            Task open = container.Pool.OpenContainerAsync("cont", source.Token).AsTask();
            Assert.True(SpinWait.SpinUntil(() => faults.FiredOf(FaultPoint.RpcReplyDropped) > 0, TimeSpan.FromSeconds(60)));
            await source.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => open);
            faults.Disarm(FaultPoint.RpcReplyDropped);
        }

        Assert.Equal(3, engine.Engine.Drawn.Count);
        Assert.Equal(engine.Engine.Drawn, engine.Engine.GivenBack.ToHashSet());
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
