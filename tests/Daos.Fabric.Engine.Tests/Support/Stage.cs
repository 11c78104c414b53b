using Daos.Fabric.Store.Scrubbing;

namespace Daos.Fabric.Engine.Tests.Support;

/// <summary>One engine and one bare client on two simulated machines, over tcp, from one seed.</summary>
internal sealed class Stage : IDisposable
{
    private readonly SimulatedNode _clientNode;

    public Stage(ulong seed = 1, int targets = 2, bool isVolatile = false, int cores = 2, IReadOnlyList<ModuleReference>? modules = null, int? descriptorsMax = null, ScrubOptions? scrub = null, AutoFaultyOptions? autoFaulty = null, Func<EngineOptions, EngineOptions>? change = null)
    {
        World = new SimulatedWorld(seed);
        Options = new EngineOptions
        {
            Path = "/data/engine",
            Targets = targets,
            Listen = [TransportUri.Parse("tcp://10.0.0.1:10001")],
            Volatile = isVolatile,
            Cores = cores,
            Modules = modules ?? [],
            DescriptorsMax = descriptorsMax,
            Scrub = scrub ?? new ScrubOptions(),
            AutoFaulty = autoFaulty ?? new AutoFaultyOptions(),
            DefaultSizes = new ShardSizes { ArenaBytes = 64 << 20, LogBytes = 4 << 20, DataBytes = 32 << 20 },
        };
        Options = change?.Invoke(Options) ?? Options;
        Engine = new SimulatedEngine(World.AddNode("engine"), Options, World.Random.Fork());
        _clientNode = World.AddNode("client");
    }

    public SimulatedWorld World { get; }

    public EngineOptions Options { get; }

    public SimulatedEngine Engine { get; }

    public List<EngineCaller> Callers { get; } = [];

    public EngineCaller NewCaller()
    {
        OwnerLoop loop = _clientNode.AddLoop($"client-{Callers.Count}");
        var caller = new EngineCaller(loop, [new SocketsProvider()], Options.Listen[0], World.Random.Fork());
        Callers.Add(caller);
        return caller;
    }

    /// <summary>Starts the engine and opens pool p, container c.</summary>
    public EngineCaller StartFresh()
    {
        Engine.Start();
        EngineCaller caller = NewCaller();
        Run(caller, async () => Assert.Equal(DerCode.Success, await caller.OpenFreshAsync()));
        return caller;
    }

    /// <summary>Runs the world until an administrative call has ended.</summary>
    public T Complete<T>(Task<T> call)
    {
        Assert.True(World.RunUntil(() => call.IsCompleted, 300_000_000_000), $"seed {World.Seed}: the call did not end");
        return call.GetAwaiter().GetResult();
    }

    /// <summary>Runs a ULT on a caller's loop to its end.</summary>
    public void Run(EngineCaller caller, Func<ValueTask> body)
    {
        Task task = Begin(caller, body);
        Assert.True(World.RunUntil(() => task.IsCompleted, 300_000_000_000), $"seed {World.Seed}: the client's ULT did not end");
        task.GetAwaiter().GetResult();
    }

    /// <summary>Starts a ULT on a caller's loop.</summary>
    public Task Begin(EngineCaller caller, Func<ValueTask> body)
    {
        var done = new TaskCompletionSource();
        World.On(caller.Context.Loop, () => caller.Context.Loop.Spawn(RunAsync(body, done)));
        return done.Task;
    }

    /// <summary>Ends the engine (null: cleanly) and starts it again over the same disk.</summary>
    public void Restart(CrashKind? kind)
    {
        if (kind is null)
        {
            Engine.Stop();
        }
        else
        {
            Engine.Crash(kind.Value);
            if (kind == CrashKind.Power)
            {
                Engine.Node.PowerOn();
            }
        }

        Engine.Start();
        if (kind == CrashKind.Power)
        {
            // The restarted machine answers packets of old connections with resets.
            World.Network.ResetConnections(Engine.Node, _clientNode);
        }

        World.RunFor(10_000_000);
    }

    public void Dispose()
    {
        foreach (EngineCaller caller in Callers)
        {
            World.On(caller.Context.Loop, caller.Dispose);
        }

        if (Engine.Server is not null)
        {
            Engine.Stop();
        }
    }

    private static async ValueTask RunAsync(Func<ValueTask> body, TaskCompletionSource done)
    {
        try
        {
            await body();
            done.SetResult();
        }
        catch (Exception exception)
        {
            done.SetException(exception);
        }
    }
}
