using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Engines;
using Daos.Fabric.Mgmt.Storage;
using Daos.Fabric.Mgmt.Tests.Support;

namespace Daos.Fabric.Mgmt.Tests.Engines;

/// <summary>The life of engines, without processes and on a clock that the test moves.</summary>
public sealed class EngineSupervisorTests
{
    private static readonly TimeSpan s_delay = TimeSpan.FromSeconds(300);

    [Fact]
    public async Task Engine_WaitsForFormat_ThenJoins()
    {
        await using var world = new EngineWorld();
        world.Supervisor.Start();
        EngineSnapshot waiting = await world.UntilAsync(EngineState.AwaitFormat);
        Assert.Contains("'daos_server storage format'", waiting.Message, StringComparison.Ordinal);
        Assert.Equal(0, world.Launcher.Count);
        Assert.False(world.Supervisor.IsReady);

        Assert.Empty(await world.Supervisor.FormatAsync(isForced: false));
        FakeProcess process = await world.Launcher.NextAsync();
        EngineSnapshot starting = await world.UntilAsync(EngineState.Starting);
        Assert.Equal((process.Id, 0u), (starting.ProcessId, starting.Rank));
        process.Serve();
        EngineSnapshot joined = await world.UntilAsync(EngineState.Joined);
        Assert.Equal(["unix:///x"], joined.Uris);
        Assert.NotNull(joined.Uuid);
        Assert.True(world.Supervisor.IsReady);
        Assert.Contains("NOTICE engine waits for its storage to be formatted engine=0 event=engine_format_required", world.Log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AutoFormat_FormatsWhatIsEmpty_AndNothingElse()
    {
        await using var world = new EngineWorld(engines: 2, autoFormat: true);
        Directory.CreateDirectory($"{world.Path}/engine1");
        await File.WriteAllTextAsync($"{world.Path}/engine1/photo.jpg", "x", TestContext.Current.CancellationToken);
        world.Supervisor.Start();
        await world.ServeAsync();
        EngineSnapshot refused = await world.UntilAsync(EngineState.Errored, 1);
        Assert.Contains("holds files that daos_server did not put there (photo.jpg)", refused.Message, StringComparison.Ordinal);
        Assert.True(File.Exists($"{world.Path}/engine1/photo.jpg"));
    }

    [Fact]
    public async Task Engine_ThatDies_IsStartedAgain_AtMostOncePerDelay()
    {
        await using var world = new EngineWorld(autoFormat: true);
        world.Supervisor.Start();
        FakeProcess first = await world.ServeAsync();
        first.Exit(134, "out of luck");
        FakeProcess second = await world.ServeAsync();
        Assert.Equal(1, world.Supervisor.Snapshots[0].Restarts);
        Assert.Contains("event=engine_died why=\"it was ended by signal 6: out of luck\"", world.Log.ToString(), StringComparison.Ordinal);

        world.Time.Advance(TimeSpan.FromSeconds(100));
        second.Exit(1);
        EngineSnapshot waits = await world.UntilAsync(0, static s => s.RestartAt is not null);
        Assert.Equal(EngineState.Errored, waits.State);
        Assert.Equal(TimeSpan.FromSeconds(200), waits.RestartAt!.Value - world.Time.GetUtcNow());
        world.Time.Advance(TimeSpan.FromSeconds(199));
        Assert.Equal(2, world.Launcher.Count);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        await world.ServeAsync();
        Assert.Equal(2, world.Supervisor.Snapshots[0].Restarts);

        // After the delay it is at once again.
        world.Time.Advance(s_delay);
        world.Log.GetStringBuilder().Clear();
        world.Launcher.Last!.Exit(1);
        await world.ServeAsync();
        Assert.DoesNotContain("put off", world.Log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Engine_ThatNeverServed_IsNotStartedAgainByItself()
    {
        await using var world = new EngineWorld(autoFormat: true);
        world.Supervisor.Start();
        (await world.Launcher.NextAsync()).Exit(1, "daos_engine: no");
        EngineSnapshot failed = await world.UntilAsync(EngineState.Errored);
        Assert.Equal("it ended with 1: daos_engine: no", failed.Message);
        world.Time.Advance(s_delay * 3);
        Assert.Equal(1, world.Launcher.Count);
        world.Supervisor[0].Start();
        await world.ServeAsync();
    }

    [Fact]
    public async Task Engine_WithAWrongConfiguration_IsNotStartedAgainByItself()
    {
        await using var world = new EngineWorld(autoFormat: true);
        world.Supervisor.Start();
        (await world.ServeAsync()).Exit(EngineExit.Usage);
        await world.UntilAsync(EngineState.Errored);
        world.Time.Advance(s_delay * 3);
        Assert.Equal(1, world.Launcher.Count);
    }

    [Fact]
    public async Task Engine_ThatDies_StaysDown_WhereRestartsAreDisabled()
    {
        await using var world = new EngineWorld(autoFormat: true, restarts: false);
        world.Supervisor.Start();
        (await world.ServeAsync()).Exit(1);
        await world.UntilAsync(EngineState.Errored);
        world.Supervisor[0].Start();
        await world.ServeAsync();
        Assert.Equal(0, world.Supervisor.Snapshots[0].Restarts);
    }

    [Fact]
    public async Task Stop_EndsTheProcess_AndStart_StartsItAtOnce()
    {
        await using var world = new EngineWorld(autoFormat: true);
        world.Supervisor.Start();
        FakeProcess first = await world.ServeAsync();
        await world.Supervisor[0].StopAsync();
        await world.UntilAsync(EngineState.Stopped);
        Assert.True(first.IsTerminated);
        world.Supervisor[0].Start();
        await world.ServeAsync();
        Assert.Equal(0, world.Supervisor.Snapshots[0].Restarts);
        Assert.Equal(2, world.Launcher.Count);
    }

    [Fact]
    public async Task Stop_WhileARestartIsPutOff_CancelsIt()
    {
        await using var world = new EngineWorld(autoFormat: true);
        world.Supervisor.Start();
        (await world.ServeAsync()).Exit(1);
        (await world.ServeAsync()).Exit(1);
        await world.UntilAsync(0, static s => s.RestartAt is not null);
        await world.Supervisor[0].StopAsync();
        Assert.Equal(EngineState.Stopped, world.Supervisor.Snapshots[0].State);
        world.Time.Advance(s_delay);
        Assert.Equal(2, world.Launcher.Count);
    }

    [Fact]
    public async Task Format_WhileItRuns_IsRefused_EvenForced()
    {
        await using var world = new EngineWorld(autoFormat: true);
        world.Supervisor.Start();
        await world.ServeAsync();
        StorageException refused = (await world.Supervisor.FormatAsync(isForced: true))[0];
        Assert.Equal(DerCode.Busy, refused.Code);
        Assert.Equal("engine 0 runs (state Joined); stop it before its storage is formatted. Nothing was changed", refused.Message);
    }

    [Fact]
    public async Task Format_OfAFormattedEngine_NeedsForce_AndGivesItANewIdentity()
    {
        await using var world = new EngineWorld(autoFormat: true);
        world.Supervisor.Start();
        Guid? first = (await world.UntilAsync(0, static s => s.Uuid is not null)).Uuid;
        await world.ServeAsync();
        await world.Supervisor[0].StopAsync();
        StorageException refused = (await world.Supervisor.FormatAsync(isForced: false))[0];
        Assert.Contains("is formatted already", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await world.Supervisor.FormatAsync(isForced: true));
        await world.ServeAsync();
        Assert.NotEqual(first, world.Supervisor.Snapshots[0].Uuid);
    }

    [Fact]
    public async Task Launch_ThatFails_IsTold_AndCanBeTriedAgain()
    {
        await using var world = new EngineWorld(autoFormat: true);
        world.Launcher.Problem = "no such program";
        world.Supervisor.Start();
        EngineSnapshot failed = await world.UntilAsync(EngineState.Errored);
        Assert.Equal("no such program", failed.Message);
        world.Supervisor[0].Start();
        await world.ServeAsync();
    }

    [Fact]
    public async Task StopAll_StopsTheLastFirst_OneAfterTheOther()
    {
        await using var world = new EngineWorld(engines: 3, autoFormat: true);
        world.Supervisor.Start();
        FakeProcess[] processes = [await world.ServeAsync(), await world.ServeAsync(), await world.ServeAsync()];
        FakeProcess[] inOrder = [.. processes.OrderByDescending(static p => p.Launch.Index)];
        Array.ForEach(processes, static p => p.Obeys = false);
        Task stopped = world.Supervisor.StopAsync();
        foreach (FakeProcess process in inOrder)
        {
            await world.UntilAsync(EngineState.Stopping, process.Launch.Index);
            Assert.All(inOrder.SkipWhile(p => p != process).Skip(1), static p => Assert.False(p.IsTerminated));
            process.Exit(0);
        }

        await stopped.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.All(world.Supervisor.Snapshots, static s => Assert.Equal(EngineState.Stopped, s.State));
    }

    [Fact]
    public async Task Kill_EndsEnginesThatDoNotObey()
    {
        await using var world = new EngineWorld(engines: 2, autoFormat: true);
        world.Supervisor.Start();
        FakeProcess[] processes = [await world.ServeAsync(), await world.ServeAsync()];
        Array.ForEach(processes, static p => p.Obeys = false);
        Task stopped = world.Supervisor.StopAsync();
        await world.UntilAsync(EngineState.Stopping, 1);
        world.Supervisor.Kill();
        await stopped.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.All(processes, static p => Assert.Equal(137, p.Exited.Result.Code));
    }

    [Fact]
    public void States_FollowOnlyWhereTheyMay()
    {
        Assert.True(EngineStates.MayFollow(EngineState.Ready, EngineState.Joined));
        Assert.False(EngineStates.MayFollow(EngineState.AwaitFormat, EngineState.Joined));
        Assert.False(EngineStates.MayFollow(EngineState.Stopped, EngineState.Joined));
        Assert.False(EngineStates.MayFollow(EngineState.Joined, EngineState.Starting));
        Assert.False(EngineStates.MayFollow(EngineState.Joined, EngineState.AwaitFormat));
        Assert.False(EngineStates.MayFollow(EngineState.Starting, EngineState.Stopped));
        Assert.False(EngineStates.MayFollow(EngineState.AdminExcluded, EngineState.Joined));
        Assert.All(Enum.GetValues<EngineState>(), static s => Assert.True(EngineStates.MayFollow(s, s)));
        Assert.DoesNotContain(Enum.GetValues<EngineState>(), static s => s != EngineState.Unknown && EngineStates.MayFollow(s, EngineState.Unknown));
    }

    [Theory]
    [InlineData("ready rank=3 targets=2 uri=tcp://a:1 uri=unix:///b", 3u, "tcp://a:1 unix:///b")]
    [InlineData("ready rank=x", null, "")]
    [InlineData("already rank=3", null, "")]
    [InlineData("", null, "")]
    public void ReadyLine_IsRead(string line, uint? rank, string uris)
    {
        EngineReady? ready = EngineReady.Parse(line);
        Assert.Equal(rank, ready?.Rank);
        Assert.Equal(uris, string.Join(' ', ready?.Uris ?? []));
    }
}
