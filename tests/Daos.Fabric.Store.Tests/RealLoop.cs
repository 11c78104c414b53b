using Daos.Fabric.Core.Time;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Tests;

/// <summary>A loop on the machine's own reactor, turned by the test's thread, with a temporary directory.</summary>
internal sealed class RealLoop : IDisposable
{
    internal RealLoop(string? kind = null)
    {
        // Beside the tests' output rather than in /tmp, which may lie in memory and know no direct I/O.
        Directory = Path.Combine(AppContext.BaseDirectory, $"store-{Environment.ProcessId}-{Guid.NewGuid():N}");
        System.IO.Directory.CreateDirectory(Directory);
        Loop = new OwnerLoop("store", ReactorFactory.Create(kind), new OwnerLoopOptions());
        Hlc = new HybridLogicalClock(SystemClock.Instance);
    }

    internal string Directory { get; }

    internal OwnerLoop Loop { get; }

    internal HybridLogicalClock Hlc { get; }

    internal StoreOptions Options() => new()
    {
        Path = Path.Combine(Directory, "store"),
        Hlc = Hlc,
        Random = new SeededRandom(1),
        ArenaReserveBytes = 256 << 20,
        LogBytes = 64 << 20,
        DataBytes = 64 << 20,
    };

    /// <summary>Turns the loop until the ULT has ended.</summary>
    internal T Run<T>(Func<ValueTask<T>> body)
    {
        T? result = default;
        Exception? failure = null;
        bool done = false;
        Assert.True(Loop.TryPost(new Item(() => Loop.Spawn(Await()))));
        long deadline = Environment.TickCount64 + 60_000;
        while (!done)
        {
            Loop.RunTurn(1_000_000);
            Assert.True(Environment.TickCount64 < deadline, "nothing happens any more");
        }

        Assert.Null(failure);
        return result!;

        async ValueTask Await()
        {
            try
            {
                result = await body();
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            done = true;
        }
    }

    internal void Run(Func<ValueTask> body) => Run(async () =>
    {
        await body();
        return true;
    });

    public void Dispose()
    {
        Loop.Reactor.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private sealed class Item(Action action) : WorkItem
    {
        protected override void Execute() => action();
    }
}
