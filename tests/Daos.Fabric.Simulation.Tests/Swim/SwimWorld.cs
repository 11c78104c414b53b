using Daos.Fabric.Rpc.Swim;

namespace Daos.Fabric.Simulation.Tests.Swim;

/// <summary>
/// Ranks that run the failure detector over a network which delays, loses and cuts messages, in virtual time from one seed. It records
/// what every rank believes; it never tells them anything.
/// </summary>
internal sealed class SwimWorld
{
    internal const long Second = 1_000_000_000;

    private readonly PriorityQueue<Action, (long, long)> _events = new();
    private readonly bool[,] _cut;
    private long _order;

    internal SwimWorld(ulong seed, int ranks, SwimOptions? options = null)
    {
        Random = new SeededRandom(seed);
        _cut = new bool[ranks, ranks];
        for (int rank = 0; rank < ranks; rank++)
        {
            Nodes.Add(new SwimNode(this, rank, ranks, options ?? new SwimOptions(), Random.Fork()));
        }

        foreach (SwimNode node in Nodes)
        {
            for (int rank = 0; rank < ranks; rank++)
            {
                Assert.Equal(rank != node.Rank, node.Protocol.Add(new Rank((uint)rank)));
            }

            At(Random.Next(Second), () => RunTimer(node));
        }
    }

    internal SeededRandom Random { get; }

    internal List<SwimNode> Nodes { get; } = [];

    internal List<SwimChange> Changes { get; } = [];

    internal long NowNs { get; private set; } = 5 * Second;

    internal double Loss { get; set; }

    internal long DelayMinNs { get; set; } = 50_000;

    internal long DelayMaxNs { get; set; } = 2_000_000;

    /// <summary>False plants the mutation: a suspected rank repeats its old incarnation.</summary>
    internal bool Refutes { get; set; } = true;

    internal long Messages { get; private set; }

    internal IEnumerable<SwimNode> Live => Nodes.Where(n => n.IsAlive);

    internal void Cut(int left, int right, bool isCut = true)
    {
        _cut[left, right] = isCut;
        _cut[right, left] = isCut;
    }

    internal void HealAll() => Array.Clear(_cut);

    internal void RunFor(long ns)
    {
        long endNs = NowNs + ns;
        while (_events.TryPeek(out _, out (long DueNs, long) next) && next.DueNs <= endNs)
        {
            NowNs = next.DueNs;
            _events.Dequeue()();
        }

        NowNs = endNs;
    }

    internal void At(long delayNs, Action action) => _events.Enqueue(action, (NowNs + delayNs, _order++));

    internal void Changed(SwimNode observer, int subject, SwimStatus status) => Changes.Add(new SwimChange(NowNs, observer.Rank, subject, status));

    internal void Transmit(SwimNode from, int to, in SwimMessage message)
    {
        var room = new SwimUpdate[SwimLimits.UpdatesMax];
        int count = from.Protocol.Collect(new Rank((uint)to), message.Target, room);
        Messages++;
        if (_cut[from.Rank, to] || Random.Chance(Loss))
        {
            return;
        }

        SwimMessage sent = message;
        SwimNode receiver = Nodes[to];
        At(DelayMinNs + Random.Next(DelayMaxNs - DelayMinNs + 1), () => Deliver(from, receiver, sent, room.AsMemory(0, count)));
    }

    private void Deliver(SwimNode from, SwimNode to, SwimMessage message, ReadOnlyMemory<SwimUpdate> updates)
    {
        if (!to.IsAlive)
        {
            return;
        }

        if (to.StoppedUntilNs > NowNs)
        {
            At(to.StoppedUntilNs - NowNs + 1, () => Deliver(from, to, message, updates));
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
            At(node.StoppedUntilNs - NowNs, () => RunTimer(node));
            return;
        }

        if (NowNs >= node.Protocol.DueNs)
        {
            node.Protocol.Progress(NowNs);
        }

        // A message may bring the time forward, so the timer looks often.
        At(Math.Clamp(node.Protocol.DueNs - NowNs, 1, Second / 20), () => RunTimer(node));
    }
}
