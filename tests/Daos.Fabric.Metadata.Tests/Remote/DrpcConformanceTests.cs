using Daos.Fabric.Metadata.Tests.Conformance;

namespace Daos.Fabric.Metadata.Tests.Remote;

/// <summary>An engine's metadata through its daos_server: real sockets, an embedded store on real files behind them.</summary>
public sealed class DrpcConformanceTests : MetadataConformance
{
    protected override void Run(Func<MetadataFixture, Task> test) => RunAsync(test).GetAwaiter().GetResult();

    private static async Task RunAsync(Func<MetadataFixture, Task> test)
    {
        await using DrpcSystem system = await DrpcSystem.StartAsync().ConfigureAwait(false);
        var fixture = new MetadataFixture(system.Store, pauseMs => Task.Delay(TimeSpan.FromMilliseconds(pauseMs)), SystemClock.Instance)
        {
            Disconnect = () => system.RestartServerAsync().GetAwaiter().GetResult(),
        };
        await Task.Run(() => test(fixture)).ConfigureAwait(false);
    }
}
