namespace Daos.Fabric.Simulation.Tests.Path;

/// <summary>
/// Client, engine and two targets, whole, on one thread and from one seed: real RPC, xstreams and store over a simulated network and disk.
/// </summary>
internal sealed class SimulatedPath : IDisposable
{
    private const long LimitNs = 600_000_000_000;

    private readonly SimulatedNode _clientNode;

    internal SimulatedPath(ulong seed, DaosClientOptions? options = null)
    {
        World = new SimulatedWorld(seed);
        Random = World.Random.Fork();
        var uri = TransportUri.Parse("tcp://10.0.0.1:10001");
        Engine = new SimulatedEngine(
            World.AddNode("engine"),
            new EngineOptions
            {
                Path = "/data/engine",
                Targets = 2,
                Cores = 4,
                Listen = [uri],
                DefaultSizes = new ShardSizes { ArenaBytes = 64 << 20, LogBytes = 4 << 20, DataBytes = 64 << 20 },
            },
            World.Random.Fork());
        Engine.Start();
        _clientNode = World.AddNode("client");
        Loop = _clientNode.AddLoop("client");
        Context = new ClientContext(
            Loop,
            options ?? new DaosClientOptions { AttemptTimeout = TimeSpan.FromSeconds(1), OperationTimeout = TimeSpan.FromSeconds(60), Clock = _clientNode.Clock },
            [new SocketsProvider()],
            Random.Fork());
        Run(async () =>
        {
            Check(await Context.ConnectAsync(uri));
            Check(await Context.CreatePoolAsync("pool"));
            PoolSession pool = (await Context.ConnectPoolAsync("pool")).Value;
            Check(await pool.CreateContainerAsync("container"));
            Container = (await pool.OpenContainerAsync("container")).Value;
        });
    }

    internal SimulatedWorld World { get; }

    /// <summary>For the test: what to do, when to crash.</summary>
    internal SeededRandom Random { get; }

    internal SimulatedEngine Engine { get; }

    internal OwnerLoop Loop { get; }

    internal ClientContext Context { get; }

    internal ContainerSession Container { get; private set; } = null!;

    /// <summary>Starts a ULT on the client's loop; <see cref="Ult.Await"/> tells when and how it ended.</summary>
    internal Ult Begin(Func<ValueTask> work)
    {
        var ult = new Ult();
        World.On(Loop, () => Loop.Spawn(ult.FollowAsync(work)));
        return ult;
    }

    /// <summary>Runs the world until a condition holds.</summary>
    internal void RunUntil(Func<bool> condition, string what)
    {
        if (!World.RunUntil(condition, LimitNs))
        {
            throw new TimeoutException($"seed {World.Seed}: {what} within {LimitNs / 1_000_000_000} s of virtual time; engine: {string.Join(" | ", Engine.Log.TakeLast(3))}");
        }
    }

    /// <summary>Runs a ULT on the client's loop to its end.</summary>
    internal void Run(Func<ValueTask> work)
    {
        Ult ult = Begin(work);
        RunUntil(() => ult.IsDone, "the client's work did not end");
        ult.Await();
    }

    /// <summary>Ends the engine without warning, and starts it again over what its disk kept.</summary>
    internal void CrashAndRestart(CrashKind kind, long downNs)
    {
        Engine.Crash(kind);
        World.RunFor(downNs);
        if (kind == CrashKind.Power)
        {
            Engine.Node.PowerOn();
        }

        Engine.Start();
    }

    internal static void Check(DerCode code)
    {
        if (code.IsError)
        {
            throw new DaosException(code, "simulated call");
        }
    }

    public void Dispose()
    {
        World.On(Loop, Context.Dispose);
        if (Engine.Server is not null)
        {
            Engine.Stop();
        }

        if (Loop.LastUnhandled is { } unhandled)
        {
            throw new InvalidOperationException($"seed {World.Seed}: nobody awaited a failure", unhandled);
        }
    }

    /// <summary>A ULT under way.</summary>
    internal sealed class Ult
    {
        private Exception? _failure;

        internal bool IsDone { get; private set; }

        internal void Await()
        {
            if (_failure is not null)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
            }
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        internal async ValueTask FollowAsync(Func<ValueTask> work)
        {
            try
            {
                await work();
            }
            catch (Exception exception)
            {
                _failure = exception;
            }

            IsDone = true;
        }
    }
}
