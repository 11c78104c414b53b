using Daos.Fabric.Store.Devices;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.TestKit.Simulation;

/// <summary>
/// A whole engine on a simulated machine: start, clean stop, crash, power cut, start again over the same disk. Owned by the simulator's
/// thread.
/// </summary>
public sealed class SimulatedEngine
{
    private const long StartLimitNs = 120_000_000_000;

    private readonly EngineOptions _options;
    private readonly SeededRandom _random;
    private readonly TransportProvider _provider;

    /// <param name="node">The machine.</param>
    /// <param name="options">As for a real engine; the path is on the machine's disk.</param>
    /// <param name="random">Seeds each incarnation.</param>
    /// <param name="provider">Its wire; null for plain sockets.</param>
    public SimulatedEngine(SimulatedNode node, EngineOptions options, SeededRandom random, TransportProvider? provider = null)
    {
        _provider = provider ?? new SocketsProvider();
        Node = node;
        _options = options;
        _random = random;
    }

    /// <summary>The machine.</summary>
    public SimulatedNode Node { get; }

    /// <summary>The engine that runs now; null after a stop or crash.</summary>
    public EngineServer? Server { get; private set; }

    /// <summary>What it told the operator.</summary>
    public List<string> Log { get; } = [];

    /// <summary>Begins to start; the task ends while the world runs.</summary>
    public Task BeginStart()
    {
        Server = new EngineServer(_options with { Log = Log.Add, Faults = Node.Faults }, new EngineEnvironment
        {
            Providers = [_provider],
            Clock = Node.Clock,
            Random = _random.Fork(),
            Host = new SimulatedXstreamHost(Node),
        });
        return Server.StartAsync();
    }

    /// <summary>Starts and runs the world until the engine serves; throws what the start threw.</summary>
    public EngineServer Start()
    {
        Complete(BeginStart());
        return Server!;
    }

    /// <summary>Ends the engine cleanly.</summary>
    public void Stop()
    {
        if (Server is not null)
        {
            Complete(Server.DrainAsync());
            Server.Close();
            Server = null;
        }
    }

    /// <summary>Releases what a failed start had taken, as every user of an engine has to.</summary>
    public void CloseFailed() => Stop();

    /// <summary>Ends the engine without warning.</summary>
    public void Crash(CrashKind kind)
    {
        Node.Crash(kind);
        ReleaseMemory();
        Server = null;
    }

    // Nobody runs any more who could do it, and a long run crashes hundreds of engines in one process.
    private void ReleaseMemory()
    {
        if (Server is { Context: { } engine })
        {
            for (int target = 0; target < engine.TargetCount; target++)
            {
                EngineXstream xstream = engine.TargetXstream(target);
                Array.ForEach(xstream.Shards.InOrder(), shard => shard.Store.ReleaseAfterCrash());
                (xstream.StateOf(ProtocolModules.Object) as IDisposable)?.Dispose();
            }

            foreach (BlobDevice device in engine.Devices?.OpenDevices ?? [])
            {
                device.ReleaseAfterCrash();
            }

            engine.Directory?.Records.Store.ReleaseAfterCrash();
        }
    }

    private void Complete(Task task)
    {
        if (!Node.World.RunUntil(() => task.IsCompleted, StartLimitNs))
        {
            throw new TimeoutException($"seed {Node.World.Seed}: the engine neither started nor stopped within {StartLimitNs / 1_000_000_000} s");
        }

        task.GetAwaiter().GetResult();
    }
}
