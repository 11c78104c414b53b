using Daos.Fabric.Integration.Tests.Support;

namespace Daos.Fabric.Integration.Tests;

/// <summary>User code that blocks after an await, against the shipped engine over tcp: everybody else is served.</summary>
public sealed class BlockingUserCodeTests : IDisposable
{
    private const int Blocked = 4;
    private const int Served = 300;

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    [Trait("Id", "BLOCK")]
    public async Task Await_UserCodeBlocksAfterIt_EngineAndClientServeOthers()
    {
        using EngineProcess engine = await EngineProcess.StartReadyAsync("--storage", _scratch.Storage, "--listen", "tcp://127.0.0.1:0");
        string uri = (await engine.WaitReadyAsync()).Split("uri=")[1];
        await using DaosSystem system = await DaosSystem.ConnectAsync(uri);
        DaosContainer container = await (await system.CreatePoolAsync("p")).CreateContainerAsync("c");
        DaosKeyValue keys = container.OpenKeyValue("kv");
        using var entered = new CountdownEvent(Blocked);
        using var release = new ManualResetEventSlim();
        Task[] blocked =
        [
            .. Enumerable.Range(0, Blocked).Select(i => Task.Run(async () =>
            {
                await keys.PutAsync($"blocked-{i}", new byte[] { 1 });
                entered.Signal();
                Assert.True(release.Wait(TimeSpan.FromMinutes(2)), "nobody else was served");
            })),
        ];
        Assert.True(entered.Wait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken), "the blocking callers were not served");

        // The same client, and another one of the same engine.
        await using DaosSystem other = await DaosSystem.ConnectAsync(uri);
        DaosKeyValue others = (await (await other.ConnectPoolAsync("p")).OpenContainerAsync("c")).OpenKeyValue("kv");
        for (int i = 0; i < Served; i++)
        {
            await keys.PutAsync($"free-{i}", new byte[] { 2 });
            await others.PutAsync($"other-{i}", new byte[] { 3 });
        }

        Assert.All(blocked, task => Assert.False(task.IsCompleted));
        release.Set();
        await Task.WhenAll(blocked);
        TestContext.Current.TestOutputHelper!.WriteLine($"BLOCK: blocked={Blocked} served={2 * Served}");
        Assert.Equal(0, await engine.TerminateAsync());
    }
}
