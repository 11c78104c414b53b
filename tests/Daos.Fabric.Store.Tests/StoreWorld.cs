using Daos.Fabric.Core.Time;
using Daos.Fabric.Reactor;
using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Store.Tests;

/// <summary>One simulated node with one loop, and shards on it.</summary>
internal sealed class StoreWorld : IDisposable
{
    private readonly List<StoreShard> _made = [];

    internal StoreWorld(ulong seed)
    {
        World = new SimulatedWorld(seed);
        Node = World.AddNode("node");
        Loop = Node.AddLoop("xstream");
        Hlc = new HybridLogicalClock(Node.Clock);
    }

    internal SimulatedWorld World { get; }

    internal SimulatedNode Node { get; }

    internal OwnerLoop Loop { get; private set; }

    internal HybridLogicalClock Hlc { get; private set; }

    /// <summary>Small sizes, so that logs wrap and checkpoints come often.</summary>
    internal StoreOptions Options(bool isVolatile = false) => new()
    {
        Path = "/store",
        Hlc = Hlc,
        Random = new SeededRandom(World.Seed),
        ArenaReserveBytes = 4 << 20,
        LogBytes = 256 << 10,
        LogBlockBytes = 16 << 10,
        DataBytes = 8 << 20,
        DataAgeMs = 2,
        MediaBufferCount = 4,
        IsVolatile = isVolatile,
        Made = _made,
    };

    /// <summary>Runs a ULT of the loop to its end.</summary>
    internal T Run<T>(Func<ValueTask<T>> body)
    {
        var run = new Outcome<T>();
        OwnerLoop loop = Loop;
        Assert.True(loop.TryPost(new StartItem(() => loop.Spawn(Await(body, run)))));
        Assert.True(World.RunUntil(() => run.IsDone), "the simulation came to a halt");
        Assert.Null(run.Exception);
        return run.Value!;
    }

    /// <summary>Starts a ULT of the loop that may never end.</summary>
    internal void Start(Func<ValueTask> body)
    {
        OwnerLoop loop = Loop;
        Assert.True(loop.TryPost(new StartItem(() => loop.Spawn(body()))));
    }

    /// <summary>The same without a result.</summary>
    internal void Run(Func<ValueTask> body) => Run(async () =>
    {
        await body();
        return true;
    });

    internal StoreShard Create(StoreOptions? options = null)
    {
        options ??= Options();
        DerResult<StoreShard> result = Run(() => StoreShard.CreateAsync(Loop, options));
        Assert.True(result.IsSuccess, $"{result.Code}: {options.Report.LastError}");
        return result.Value;
    }

    internal DerResult<StoreShard> TryOpen(StoreOptions? options = null) => Run(() => StoreShard.OpenAsync(Loop, options ?? Options()));

    internal StoreShard Open(StoreOptions? options = null)
    {
        options ??= Options();
        DerResult<StoreShard> result = TryOpen(options);
        Assert.True(result.IsSuccess, $"{result.Code}: {options.Report.LastError}");
        return result.Value;
    }

    /// <summary>The process or the machine dies and comes up again with a new loop and a clock that knows nothing.</summary>
    internal void Crash(CrashKind kind)
    {
        Node.Crash(kind);
        ReleaseAll();
        if (kind == CrashKind.Power)
        {
            Node.PowerOn();
        }

        Restart();
    }

    /// <summary>A new process on the node, after a crash.</summary>
    internal void Restart()
    {
        Loop = Node.AddLoop("xstream");
        Hlc = new HybridLogicalClock(Node.Clock);
    }

    /// <summary>Ends the process and frees what its shards held.</summary>
    public void Dispose()
    {
        Node.Crash(CrashKind.Process);
        ReleaseAll();
    }

    private void ReleaseAll()
    {
        _made.ForEach(shard => shard.ReleaseAfterCrash());
        _made.Clear();
    }

    private static async ValueTask Await<T>(Func<ValueTask<T>> body, Outcome<T> run)
    {
        try
        {
            run.Value = await body();
        }
        catch (Exception exception)
        {
            run.Exception = exception;
        }

        run.IsDone = true;
    }

    // Inside a turn, as everything that an engine does.
    private sealed class StartItem(Action action) : WorkItem
    {
        protected override void Execute() => action();
    }

    private sealed class Outcome<T>
    {
        internal T? Value { get; set; }

        internal Exception? Exception { get; set; }

        internal bool IsDone { get; set; }
    }
}
