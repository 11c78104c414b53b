using Daos.Fabric.Transport;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Client.Tests.Harness;

/// <summary>The fake engine on a thread of its own behind a real socket on a port that the system chose.</summary>
internal sealed class RealEngine : IDisposable
{
    private readonly OwnerLoopThread _thread;

    internal RealEngine()
    {
        Loop = new OwnerLoop("fake-engine", ReactorFactory.Create(), new OwnerLoopOptions());
        Engine = new FakeEngine(Loop, [new SocketsProvider()], TransportUri.Parse("tcp://127.0.0.1:0"), new SeededRandom(5));
        _thread = new OwnerLoopThread(Loop);
        _thread.Start();
    }

    internal OwnerLoop Loop { get; }

    internal FakeEngine Engine { get; }

    /// <summary>Opens the one container.</summary>
    internal async Task<(DaosSystem System, DaosContainer Container)> OpenAsync(DaosClientOptions? options = null)
    {
        DaosSystem system = await DaosSystem.ConnectAsync(Engine.Uri.ToString(), options ?? new DaosClientOptions { Seed = 9 });
        DaosPool pool = await system.ConnectPoolAsync("pool");
        return (system, await pool.OpenContainerAsync("cont"));
    }

    public void Dispose()
    {
        _thread.StopAndJoin();
        Assert.True(Loop.UnhandledCount == 0, $"{Loop.LastUnhandled}");
        Engine.Dispose();
        Loop.Reactor.Dispose();
    }
}
