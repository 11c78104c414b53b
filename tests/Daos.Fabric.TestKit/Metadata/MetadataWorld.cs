using Daos.Fabric.Metadata.Embedded;
using Daos.Fabric.Store;

namespace Daos.Fabric.TestKit.Metadata;

/// <summary>One simulated machine with an embedded metadata store that may crash. Owned by the simulator's thread.</summary>
public sealed class MetadataWorld : IDisposable
{
    private readonly List<StoreShard> _made = [];
    private readonly List<EmbeddedMetadataStore> _opened = [];

    /// <param name="seed">Decides everything.</param>
    public MetadataWorld(ulong seed)
    {
        World = new SimulatedWorld(seed);
        Node = World.AddNode("node");
        Loop = Node.AddLoop("metadata");
    }

    /// <summary>The world.</summary>
    public SimulatedWorld World { get; }

    /// <summary>The machine.</summary>
    public SimulatedNode Node { get; }

    /// <summary>The process that runs there now.</summary>
    public OwnerLoop Loop { get; private set; }

    /// <summary>Runs something on the loop to its end. Throws what it throws, or when nothing happens any more.</summary>
    public T Run<T>(Func<Task<T>> body) => Alone(() =>
    {
        Task<T>? task = null;
        SimTurn.Post(Loop, () => task = body());
        if (!World.RunUntil(() => task is { IsCompleted: true }, long.MaxValue / 2))
        {
            throw new InvalidOperationException("the simulation came to a halt");
        }

        return task!.GetAwaiter().GetResult();
    });

    /// <summary>Starts something on the loop that may never end, and lets time pass.</summary>
    public void RunFor(Func<Task> body, long durationNs) => Alone(() =>
    {
        SimTurn.Post(Loop, () => _ = body());
        World.RunFor(durationNs);
        return true;
    });

    /// <summary>Opens the embedded store, with small sizes so that logs wrap and checkpoints come often. On the loop.</summary>
    /// <param name="skipsWaiting">A store that answers too early, which the caller must find out.</param>
    public async Task<EmbeddedMetadataStore> OpenAsync(bool skipsWaiting = false)
    {
        EmbeddedMetadataStore store = await EmbeddedMetadataStore.OpenAsync(Loop, new EmbeddedMetadataOptions
        {
            Path = "/metadata",
            Random = new SeededRandom(World.Seed),
            ArenaBytes = 8 << 20,
            LogBytes = 1 << 20,
            DataBytes = 16 << 20,
            HistoryRevisions = 500,
            SkipsWaiting = skipsWaiting,
            Configure = options => options with { Made = _made, DataAgeMs = 2 },
        }).ConfigureAwait(false);
        _opened.Add(store);
        return store;
    }

    /// <summary>The process dies, or the machine loses power, and a new process runs there.</summary>
    public void Crash(CrashKind kind)
    {
        Node.Crash(kind);
        Release();
        if (kind == CrashKind.Power)
        {
            Node.PowerOn();
        }

        Loop = Node.AddLoop("metadata");
    }

    /// <summary>Ends the process and frees what its stores held.</summary>
    public void Dispose()
    {
        Node.Crash(CrashKind.Process);
        Release();
    }

    // Whatever runs the test must not take continuations away from the turns.
    private static T Alone<T>(Func<T> body)
    {
        SynchronizationContext? outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return body();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    private void Release()
    {
        _opened.ForEach(store => store.ReleaseAfterCrash());
        _made.ForEach(shard => shard.ReleaseAfterCrash());
        _opened.Clear();
        _made.Clear();
    }
}
