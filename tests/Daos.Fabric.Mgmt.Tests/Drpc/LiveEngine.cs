using Daos.Fabric.Core.Identities;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Engine;
using Daos.Fabric.Engine.Drpc;
using Daos.Fabric.Engine.Hosting;
using Daos.Fabric.Transport;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Mgmt.Tests.Drpc;

/// <summary>A real engine in this process that awaits its set-up, with its dRPC.</summary>
internal sealed class LiveEngine : IAsyncDisposable
{
    private LiveEngine(SocketDirectory directory, int number)
    {
        var environment = new EngineEnvironment
        {
            Providers = [new SocketsProvider()],
            Clock = SystemClock.Instance,
            Random = new SeededRandom(SystemEntropy.Seed()),
            Host = new ThreadedXstreamHost(),
        };
        Server = new EngineServer(
            new EngineOptions
            {
                Path = directory.Below($"storage{number}"),
                Targets = 2,
                Cores = 2,
                Polling = Daos.Fabric.Reactor.PollingPolicy.Sleep,
                Listen = [TransportUri.Parse($"unix://{directory.Below($"e{number}")}")],
                Rank = Rank.None,
                AwaitsSetUp = true,
                Log = directory.Log,
            },
            environment);
        Drpc = new EngineDrpc(
            Server,
            EngineDrpcOptions.In(directory.Path, number, static (delayNs, cancel) => Task.Delay(TimeSpan.FromMicroseconds(delayNs / 1000), cancel)) with
            {
                InstanceIndex = (uint)number,
                NotifyPauseMs = 20,
                NotifyMs = NotifyMs,
            },
            environment);
    }

    internal static int NotifyMs => 60_000;

    internal EngineServer Server { get; }

    internal EngineDrpc Drpc { get; }

    internal static async Task<LiveEngine> StartAsync(SocketDirectory directory, int number = 1)
    {
        var made = new LiveEngine(directory, number);
        await made.Server.StartAsync();
        made.Drpc.Start();
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        await Drpc.DisposeAsync();
        await Server.StopAsync();
    }
}
