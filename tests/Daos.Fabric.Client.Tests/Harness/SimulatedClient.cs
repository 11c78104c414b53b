using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Transport;
using Daos.Fabric.Transport.Loopback;

namespace Daos.Fabric.Client.Tests.Harness;

/// <summary>A client context and a fake engine on loops of one simulated world.</summary>
internal sealed class SimulatedClient : IDisposable
{
    private readonly LoopbackHub _hub = new();

    internal SimulatedClient(ulong seed = 1, DaosClientOptions? options = null, int requestSlots = 4096)
    {
        World = new SimulatedWorld(seed);
        SimulatedNode node = World.AddNode("node");
        EngineLoop = node.AddLoop("engine");
        Loop = node.AddLoop("client");
        var random = new SeededRandom(seed);
        Engine = new FakeEngine(EngineLoop, [new LoopbackProvider(_hub)], TransportUri.Parse("loopback://engine"), random.Fork(), requestSlots);
        Context = new ClientContext(Loop, options ?? new DaosClientOptions { Seed = seed }, [new LoopbackProvider(_hub)], random.Fork());
        Container = Run(OpenAsync);
    }

    internal SimulatedWorld World { get; }

    internal OwnerLoop Loop { get; }

    internal OwnerLoop EngineLoop { get; }

    internal FakeEngine Engine { get; }

    internal ClientContext Context { get; }

    internal ContainerSession Container { get; }

    /// <summary>Another context on the client's loop, not connected yet; disposed on it.</summary>
    internal ClientContext NewContext() => new(Loop, Context.Options, [new LoopbackProvider(_hub)], new SeededRandom(World.Seed + 1));

    /// <summary>Runs work as a ULT of the client's loop until it ends.</summary>
    internal T Run<T>(Func<ValueTask<T>> work)
    {
        var run = Start(work);
        Assert.True(World.RunUntil(() => run.IsDone), $"still under way, seed {World.Seed}");
        return run.Result;
    }

    /// <summary>Starts work as a ULT of the client's loop.</summary>
    internal Started<T> Start<T>(Func<ValueTask<T>> work)
    {
        var run = new Started<T>();
        World.On(Loop, () => Loop.Spawn(run.FollowAsync(work)));
        return run;
    }

    public void Dispose()
    {
        Assert.Equal(0, Loop.UnhandledCount);
        Assert.True(EngineLoop.UnhandledCount == 0, $"{EngineLoop.LastUnhandled}");
        World.On(Loop, Context.Dispose);
        World.On(EngineLoop, Engine.Dispose);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<ContainerSession> OpenAsync()
    {
        Assert.Equal(DerCode.Success, await Context.ConnectAsync(Engine.Uri));
        DerResult<PoolSession> pool = await Context.ConnectPoolAsync("pool");
        return (await pool.Value.OpenContainerAsync("cont")).Value;
    }

    internal sealed class Started<T>
    {
        private T _result = default!;
        private Exception? _exception;

        internal bool IsDone { get; private set; }

        internal T Result => _exception is null ? _result : throw new InvalidOperationException("the work failed", _exception);

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        internal async ValueTask FollowAsync(Func<ValueTask<T>> work)
        {
            try
            {
                _result = await work();
            }
            catch (Exception exception)
            {
                _exception = exception;
            }

            IsDone = true;
        }
    }
}
