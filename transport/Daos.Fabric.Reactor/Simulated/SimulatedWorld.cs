using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// Nodes with their owner loops, disks and network, run on the calling thread in virtual time. Everything that happens is a function of
/// the seed and of what the code under test does: which loop runs next, how long I/O takes, how streams are cut, what a power cut keeps.
/// Two runs with one seed give one <see cref="Hash"/>. Use from one thread.
/// </summary>
public sealed class SimulatedWorld
{
    // Time does not start at 0, so that code which takes 0 for "never" is not favoured.
    private const long StartNs = 1_000_000_000;

    private readonly EventQueue _events = new();
    private readonly List<SimulatedNode> _nodes = [];
    private readonly List<OwnerLoop> _runnable = [];
    private readonly SeededRandom _schedule;
    private int _loopCount;

    /// <param name="seed">Decides everything that the code under test does not decide itself.</param>
    /// <param name="options">Null for the defaults.</param>
    public SimulatedWorld(ulong seed, SimulatedWorldOptions? options = null)
    {
        Seed = seed;
        Options = options ?? new SimulatedWorldOptions();
        var root = new SeededRandom(seed);
        _schedule = root.Fork();
        Random = root.Fork();
        Network = new SimulatedNetwork(this, root.Fork());
        NodeSeeds = root;
    }

    /// <summary>The seed, to be printed with a failure.</summary>
    public ulong Seed { get; }

    /// <summary>Options; may be changed between steps.</summary>
    public SimulatedWorldOptions Options { get; }

    /// <summary>Randomness for the test itself: what to do next, when to crash.</summary>
    public SeededRandom Random { get; }

    /// <summary>All connections of all nodes.</summary>
    public SimulatedNetwork Network { get; }

    /// <summary>Everything that happened so far.</summary>
    public EventHash Hash { get; } = new();

    /// <summary>Virtual monotonic time in ns.</summary>
    public long NowNs { get; private set; } = StartNs;

    /// <summary>Turns and jumps in time so far.</summary>
    public long Steps { get; private set; }

    /// <summary>The nodes in the order in which they were added.</summary>
    public IReadOnlyList<SimulatedNode> Nodes => _nodes;

    internal SeededRandom NodeSeeds { get; }

    /// <summary>Adds a machine with an empty disk.</summary>
    public SimulatedNode AddNode(string name)
    {
        var node = new SimulatedNode(this, name, _nodes.Count, NodeSeeds.Fork());
        _nodes.Add(node);
        return node;
    }

    /// <summary>Runs a test's step at a point of virtual time, between turns.</summary>
    public void After(long delayNs, Action action) => Schedule(new ScriptedEvent(action), delayNs);

    /// <summary>
    /// One turn of one loop, or one jump in time. False when nothing can ever happen again: no work, no event, no timer.
    /// </summary>
    public bool Step()
    {
        bool delivered = DeliverDueEvents();
        CollectRunnable();
        if (_runnable.Count == 0)
        {
            // What a test's own step waited for may have happened: time does not move before it looked.
            return delivered || JumpToNextEvent();
        }

        Steps++;
        OwnerLoop loop = _runnable[_schedule.Next(_runnable.Count)];
        var reactor = (SimulatedReactor)loop.Reactor;
        reactor.NoteIdle(NowNs);
        int ran = loop.RunTurn(0);
        Hash.Mix(SimulatedEventKind.Turn, NowNs, reactor.Id, ran);
        NowNs += Options.TurnMinNs + _schedule.Next(Options.TurnMaxNs - Options.TurnMinNs + 1);
        reactor.TurnEndNs = NowNs;
        return true;
    }

    /// <summary>
    /// Steps until a condition holds. False when it does not hold within the limits, or nothing can ever happen again.
    /// </summary>
    /// <param name="condition">Looked at before each step.</param>
    /// <param name="limitNs">Virtual time from now.</param>
    /// <param name="stepsMax">Steps from now.</param>
    public bool RunUntil(Func<bool> condition, long limitNs = 60_000_000_000, long stepsMax = 10_000_000)
    {
        long deadlineNs = NowNs + limitNs;
        for (long step = 0; step < stepsMax && NowNs <= deadlineNs; step++)
        {
            if (condition())
            {
                return true;
            }

            if (!Step())
            {
                break;
            }
        }

        return condition();
    }

    /// <summary>Steps until virtual time has passed.</summary>
    public void RunFor(long durationNs)
    {
        bool passed = false;
        After(durationNs, () => passed = true);
        Invariant.Check(RunUntil(() => passed, long.MaxValue - NowNs, long.MaxValue));
    }

    /// <summary>Runs an action as if inside a turn of a loop.</summary>
    public void On(OwnerLoop loop, Action action)
    {
        using OwnerThread.EnterScope scope = loop.Enter();
        action();
    }

    internal int NextLoopId() => _loopCount++;

    internal void Schedule(SimulatedEvent simulated, long delayNs) => _events.Schedule(simulated, NowNs + delayNs);

    private bool DeliverDueEvents()
    {
        bool delivered = false;
        while (_events.TakeDue(NowNs) is { } simulated)
        {
            simulated.Fire();
            delivered = true;
        }

        return delivered;
    }

    private void CollectRunnable()
    {
        _runnable.Clear();
        foreach (SimulatedNode node in _nodes)
        {
            foreach (OwnerLoop loop in node.Loops)
            {
                if (loop.HasWork || ((SimulatedReactor)loop.Reactor).HasWork)
                {
                    _runnable.Add(loop);
                }
            }
        }
    }

    private bool JumpToNextEvent()
    {
        long nextNs = _events.NextDueNs();
        foreach (SimulatedNode node in _nodes)
        {
            foreach (OwnerLoop loop in node.Loops)
            {
                nextNs = Math.Min(nextNs, loop.Reactor.Timers.NextDueNs);
            }
        }

        if (nextNs == long.MaxValue)
        {
            return false;
        }

        Steps++;
        NowNs = Math.Max(NowNs, nextNs);
        return true;
    }
}
