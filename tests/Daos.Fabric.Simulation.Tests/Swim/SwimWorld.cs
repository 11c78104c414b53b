using Daos.Fabric.Rpc.Swim;

namespace Daos.Fabric.Simulation.Tests.Swim;

/// <summary>
/// Ranks that run the failure detector over the messages of a simulated network, which delays, loses and cuts them, in virtual time from
/// one seed. It records what every rank believes; it never tells them anything.
/// </summary>
internal sealed class SwimWorld
{
    internal const long Second = 1_000_000_000;

    private readonly SimulatedWorld _world;

    internal SwimWorld(ulong seed, int ranks, SwimOptions? options = null)
    {
        _world = new SimulatedWorld(seed);
        Random = _world.Random;
        Network.Options.DelayMinNs = 50_000;
        Network.Options.DelayMaxNs = 2_000_000;
        Network.Options.SlowChance = 0;
        for (int rank = 0; rank < ranks; rank++)
        {
            Nodes.Add(new SwimNode(this, _world.AddNode($"rank{rank}"), rank, ranks, options ?? new SwimOptions(), Random.Fork()));
        }

        foreach (SwimNode node in Nodes)
        {
            for (int rank = 0; rank < ranks; rank++)
            {
                Assert.Equal(rank != node.Rank, node.Protocol.Add(new Rank((uint)rank)));
            }

            _world.After(Random.Next(Second), () => RunTimer(node));
        }
    }

    internal SimulatedNetwork Network => _world.Network;

    internal SeededRandom Random { get; }

    internal List<SwimNode> Nodes { get; } = [];

    internal List<SwimChange> Changes { get; } = [];

    internal long NowNs => _world.NowNs;

    internal ulong Hash => _world.Hash.Value;

    internal MessageFaults Faults => Network.Options.Messages;

    /// <summary>False plants the mutation: a suspected rank repeats its old incarnation.</summary>
    internal bool Refutes { get; set; } = true;

    internal long Messages => Network.Posted;

    internal IEnumerable<SwimNode> Live => Nodes.Where(n => n.IsAlive);

    internal void Cut(int left, int right) => Network.Partition(Nodes[left].Machine, Nodes[right].Machine);

    internal void HealAll() => Network.Heal();

    internal void RunFor(long ns) => _world.RunFor(ns);

    internal void Changed(SwimNode observer, int subject, SwimStatus status) => Changes.Add(new SwimChange(NowNs, observer.Rank, subject, status));

    internal void Transmit(SwimNode from, int to, in SwimMessage message)
    {
        var room = new SwimUpdate[SwimLimits.UpdatesMax];
        int count = from.Protocol.Collect(new Rank((uint)to), message.Target, room);
        SwimMessage sent = message;
        SwimNode receiver = Nodes[to];
        Network.Post(from.Machine, receiver.Machine, () => Deliver(from, receiver, sent, room.AsMemory(0, count)));
    }

    private void Deliver(SwimNode from, SwimNode to, SwimMessage message, ReadOnlyMemory<SwimUpdate> updates)
    {
        if (!to.IsAlive)
        {
            return;
        }

        if (to.StoppedUntilNs > NowNs)
        {
            _world.After(to.StoppedUntilNs - NowNs + 1, () => Deliver(from, to, message, updates));
            return;
        }

        to.Protocol.Receive(NowNs, new Rank((uint)from.Rank), message, updates.Span);
    }

    private void RunTimer(SwimNode node)
    {
        if (!node.IsAlive)
        {
            return;
        }

        if (node.StoppedUntilNs > NowNs)
        {
            _world.After(node.StoppedUntilNs - NowNs, () => RunTimer(node));
            return;
        }

        if (NowNs >= node.Protocol.DueNs)
        {
            node.Protocol.Progress(NowNs);
        }

        // A message may bring the time forward, so the timer looks often.
        _world.After(Math.Clamp(node.Protocol.DueNs - NowNs, 1, Second / 20), () => RunTimer(node));
    }
}
