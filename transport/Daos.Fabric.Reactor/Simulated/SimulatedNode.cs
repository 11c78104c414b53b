using Daos.Fabric.Core.Faults;
using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// A machine: a disk that outlives crashes, and the owner loops of the process that runs there now. Owned by the simulator's thread.
/// </summary>
public sealed class SimulatedNode
{
    private readonly List<OwnerLoop> _loops = [];
    private readonly List<SimulatedReactor> _reactors = [];
    private readonly SeededRandom _crashes;

    internal SimulatedNode(SimulatedWorld world, string name, int index, SeededRandom random)
    {
        World = world;
        Name = name;
        Index = index;
        _crashes = random.Fork();
        Clock = new SimulatedClock(world);
        SeededRandom disk = random.Fork();
        Faults = new FaultRegistry(random.Fork());

        // Drawn last: what a seed did before there were these faults, it does still.
        Disk = new SimulatedDisk(this, disk, random.Fork());
        Files = new SimulatedFiles(this);
    }

    /// <summary>The world that this node belongs to.</summary>
    public SimulatedWorld World { get; }

    /// <summary>For reports.</summary>
    public string Name { get; }

    /// <summary>Position in the world.</summary>
    public int Index { get; }

    /// <summary>Counts the processes that ran here: 0, then one more after each crash.</summary>
    public int Incarnation { get; private set; }

    /// <summary>False from a power cut until <see cref="PowerOn"/>.</summary>
    public bool IsUp { get; private set; } = true;

    /// <summary>The node's clock; its skew may be set.</summary>
    public SimulatedClock Clock { get; }

    /// <summary>The node's disk.</summary>
    public SimulatedDisk Disk { get; }

    /// <summary>Media faults of this node (they need faults to be enabled, see <see cref="FaultRegistry.Enabled"/>).</summary>
    public FaultRegistry Faults { get; }

    /// <summary>The node's file system.</summary>
    public IReactorFiles Files { get; }

    /// <summary>The loops of the running process.</summary>
    public IReadOnlyList<OwnerLoop> Loops => _loops;

    internal IReadOnlyList<SimulatedReactor> Reactors => _reactors;

    /// <summary>A reactor for one loop of the running process.</summary>
    public SimulatedReactor CreateReactor()
    {
        Invariant.Check(IsUp);
        var reactor = new SimulatedReactor(this, World.NextLoopId());
        _reactors.Add(reactor);
        return reactor;
    }

    /// <summary>Lets the world run a loop whose reactor came from <see cref="CreateReactor"/>, until it is removed or the node crashes.</summary>
    public void Run(OwnerLoop loop)
    {
        Invariant.Check(loop.Reactor is SimulatedReactor reactor && reactor.Node == this && reactor.IsAlive);
        _loops.Add(loop);
    }

    /// <summary>A plain loop with a reactor of its own, running.</summary>
    public OwnerLoop AddLoop(string name, OwnerLoopOptions? options = null)
    {
        var loop = new OwnerLoop(name, CreateReactor(), options ?? new OwnerLoopOptions());
        Run(loop);
        return loop;
    }

    /// <summary>No further turns for this loop: a clean end of it.</summary>
    public void Stop(OwnerLoop loop) => _loops.Remove(loop);

    /// <summary>
    /// Ends the process between two turns: no loop of it ever runs again, operations under way never complete, memory given to them
    /// is no longer touched when this returns. A power cut also takes the unflushed writes, and the node stays down until
    /// <see cref="PowerOn"/>.
    /// </summary>
    public void Crash(CrashKind kind)
    {
        World.Hash.Mix(SimulatedEventKind.Node, World.NowNs, Index, (int)kind);
        Disk.TakeWritesUnderWay(_reactors);
        foreach (SimulatedReactor reactor in _reactors)
        {
            reactor.Kill();
        }

        _reactors.Clear();
        _loops.Clear();
        World.Network.KillSockets(this, silently: kind == CrashKind.Power);
        Disk.CloseAll();
        Incarnation++;
        if (kind == CrashKind.Power)
        {
            IsUp = false;
            Disk.PowerCut(_crashes.NextUInt64());
        }
    }

    /// <summary>Ends a power cut: a new process may be started.</summary>
    public void PowerOn()
    {
        World.Hash.Mix(SimulatedEventKind.Node, World.NowNs, Index, 100);
        IsUp = true;
    }

    internal void Remove(SimulatedReactor reactor) => _reactors.Remove(reactor);
}
