using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// All listeners and connections of a world. Addresses are names only: a tcp address or a unix path means the same on every node.
/// Owned by the simulator's thread.
/// </summary>
public sealed class SimulatedNetwork
{
    private const int FirstDescriptor = 100;
    private const int FirstPort = 20_000;

    private readonly SimulatedWorld _world;
    private readonly SeededRandom _random;
    private readonly Dictionary<string, SimulatedListener> _listeners = new(StringComparer.Ordinal);
    private readonly List<SimulatedSocket> _sockets = [];
    private readonly List<object?> _descriptors = [];
    private int _nextPort = FirstPort;

    internal SimulatedNetwork(SimulatedWorld world, SeededRandom random)
    {
        _world = world;
        _random = random;
        Links = new SimulatedLinks(world);
    }

    /// <summary>Delays and faults.</summary>
    public SimulatedNetworkOptions Options { get; } = new();

    internal long NowNs => _world.NowNs;

    /// <summary>What can be heard where.</summary>
    public SimulatedLinks Links { get; }

    /// <summary>Messages given to <see cref="Post"/> so far.</summary>
    public long Posted { get; private set; }

    /// <summary>Nothing passes between two nodes until <see cref="Heal"/>; connections time out if that takes long.</summary>
    public void Partition(SimulatedNode left, SimulatedNode right)
    {
        Links.Cut(left, right);
        Links.Cut(right, left);
    }

    /// <summary>
    /// Sends a single message without a connection: it takes as long as a segment of a stream, and is lost, doubled or overtaken as
    /// <see cref="SimulatedNetworkOptions.Messages"/> say. What a cut meets is lost.
    /// </summary>
    /// <param name="from">Who sends.</param>
    /// <param name="to">Who receives; whether it is up is the receiver's matter.</param>
    /// <param name="deliver">Called when it arrives, once or twice.</param>
    public void Post(SimulatedNode from, SimulatedNode to, Action deliver)
    {
        Posted++;
        MessageFate fate = Options.Messages.Draw(_random);
        long delayNs = DrawDelayNs(_random);
        if (fate.IsLost || Links.IsCut(from, to))
        {
            return;
        }

        _world.After(delayNs + fate.HeldNs, Arrive);
        if (fate.DoubleHeldNs >= 0)
        {
            _world.After(delayNs + fate.DoubleHeldNs, Arrive);
        }

        void Arrive()
        {
            _world.Hash.Mix(SimulatedEventKind.Message, NowNs, from.Index, to.Index);
            deliver();
        }
    }

    /// <summary>Cuts a node off from all others.</summary>
    public void Isolate(SimulatedNode node)
    {
        foreach (SimulatedNode other in _world.Nodes)
        {
            if (other != node)
            {
                Partition(node, other);
            }
        }
    }

    /// <summary>Ends all partitions.</summary>
    public void Heal() => Links.HealAll();

    /// <summary>True while nothing passes between the two in either direction.</summary>
    public bool IsPartitioned(SimulatedNode left, SimulatedNode right) => Links.IsCut(left, right) && Links.IsCut(right, left);

    /// <summary>
    /// Stops every connection of a machine one after the other and lets them go on one after the other, in random orders and at random
    /// times (FoundationDB: swizzle-clog). Connections that stand still for long time out.
    /// </summary>
    /// <param name="node">Whose connections.</param>
    /// <param name="downMaxNs">The last one stops by then.</param>
    /// <param name="upMaxNs">The last one goes on so much later at most.</param>
    public void SwizzleClog(SimulatedNode node, long downMaxNs, long upMaxNs)
    {
        foreach (SimulatedNode other in _world.Nodes)
        {
            if (other != node)
            {
                _world.After(_random.Next(downMaxNs), () => Partition(node, other));
                _world.After(downMaxNs + _random.Next(upMaxNs), () => HealBoth(node, other));
            }
        }
    }

    /// <summary>Ends a partition between two nodes.</summary>
    public void HealBoth(SimulatedNode left, SimulatedNode right)
    {
        Links.Heal(left, right);
        Links.Heal(right, left);
    }

    /// <summary>Resets every connection between two nodes now.</summary>
    public void ResetConnections(SimulatedNode left, SimulatedNode right)
    {
        foreach (SimulatedSocket socket in ConnectionsBetween(left, right))
        {
            socket.Break(Errno.ConnectionReset);
        }
    }

    /// <summary>Loses every connection between two nodes: neither end hears anything, the one that sends times out.</summary>
    public void LoseConnections(SimulatedNode left, SimulatedNode right)
    {
        foreach (SimulatedSocket socket in ConnectionsBetween(left, right))
        {
            socket.Lose();
        }
    }

    internal DerResult<ListenerHandle> Listen(SimulatedNode node, SocketAddress address, int backlog)
    {
        if (address is { IsUnix: false, Port: 0 })
        {
            address = SocketAddress.Tcp(address.Address!, _nextPort++);
        }

        if (_listeners.ContainsKey(address.ToString()))
        {
            return DerCode.Busy;
        }

        int descriptor = Allocate(null);
        var listener = new SimulatedListener(node, descriptor, address, Math.Max(1, backlog));
        _descriptors[descriptor - FirstDescriptor] = listener;
        _listeners.Add(address.ToString(), listener);
        return new ListenerHandle(descriptor, address);
    }

    internal void StartConnect(SimulatedRequest request)
    {
        request.GiveUpNs = NowNs + Options.ConnectLimitNs;
        Schedule(request, DrawDelayNs(_random) * 2);
    }

    internal void TryConnect(SimulatedRequest request)
    {
        SimulatedNode node = request.Reactor.Node;
        if (!_listeners.TryGetValue(request.Address!.ToString(), out SimulatedListener? listener))
        {
            request.Finish(-Errno.ConnectionRefused);
        }
        else if (!listener.Node.IsUp || Links.IsCut(node, listener.Node) || Links.IsCut(listener.Node, node) || listener.IsFull)
        {
            if (NowNs >= request.GiveUpNs)
            {
                request.Finish(-Errno.TimedOut);
                return;
            }

            Schedule(request, Options.RetransmitNs);
        }
        else
        {
            SimulatedSocket socket = SimulatedSocket.CreatePair(this, node, listener.Node, _random.Fork());
            _sockets.Add(socket);
            _sockets.Add(socket.Peer);
            listener.Offer(socket.Peer);
            request.Finish(socket.Descriptor);
        }
    }

    internal void Close(int descriptor)
    {
        switch (Find(descriptor))
        {
            case SimulatedSocket socket:
                socket.Close();
                _sockets.Remove(socket);
                break;
            case SimulatedListener listener:
                listener.Close();
                _listeners.Remove(listener.Address.ToString());
                break;
            default:
                throw new InvalidOperationException($"descriptor {descriptor} is not an open socket");
        }

        _descriptors[descriptor - FirstDescriptor] = null;
    }

    internal void KillSockets(SimulatedNode node, bool silently)
    {
        _sockets.RemoveAll(s => s.Node == node);
        for (int i = 0; i < _descriptors.Count; i++)
        {
            if (_descriptors[i] is SimulatedSocket socket && socket.Node == node)
            {
                socket.Kill(silently);
                _descriptors[i] = null;
            }
            else if (_descriptors[i] is SimulatedListener listener && listener.Node == node)
            {
                _listeners.Remove(listener.Address.ToString());
                _descriptors[i] = null;
            }
        }
    }

    // Descriptors are never used twice, so that a stale one is found out.
    internal int Allocate(object? item)
    {
        _descriptors.Add(item);
        return FirstDescriptor + _descriptors.Count - 1;
    }

    internal object? Find(int descriptor)
    {
        int index = descriptor - FirstDescriptor;
        return (uint)index < (uint)_descriptors.Count ? _descriptors[index] : null;
    }

    internal void Release(int descriptor) => _descriptors[descriptor - FirstDescriptor] = null;

    internal void ReleaseFiles(SimulatedNode node)
    {
        for (int i = 0; i < _descriptors.Count; i++)
        {
            if (_descriptors[i] is SimulatedOpenFile open && open.Node == node)
            {
                _descriptors[i] = null;
            }
        }
    }

    internal SimulatedSocket FindSocket(int descriptor) => Find(descriptor) as SimulatedSocket
        ?? throw new InvalidOperationException($"descriptor {descriptor} is not an open socket");

    internal SimulatedListener FindListener(int descriptor) => Find(descriptor) as SimulatedListener
        ?? throw new InvalidOperationException($"descriptor {descriptor} is not a listener");

    internal void Schedule(SimulatedEvent simulated, long delayNs) => _world.Schedule(simulated, delayNs);

    internal void BreakLater(SimulatedSocket socket, int errno)
    {
        long delayNs = DrawDelayNs(_random);
        _world.After(delayNs, () => BreakUnlessCutOff(socket, errno));
    }

    // What arrived may be acknowledged in vain: a sender that hears nothing for too long gives the connection up.
    internal void ExpectAcknowledgement(SimulatedSocket sender)
    {
        if (Links.IsCut(sender.Peer.Node, sender.Node))
        {
            long sentNs = NowNs;
            _world.After(Options.RetransmitLimitNs, () => BreakUnacknowledged(sender, sentNs));
        }
    }

    internal long DrawDelayNs(SeededRandom random)
    {
        long max = random.Chance(Options.SlowChance) ? Options.SlowDelayMaxNs : Options.DelayMaxNs;
        return Options.DelayMinNs + random.Next(Math.Max(1, max - Options.DelayMinNs + 1));
    }

    internal void MixDelivery(SimulatedSocket socket, int lengthBytes) =>
        _world.Hash.Mix(SimulatedEventKind.Delivery, NowNs, socket.Descriptor, lengthBytes);

    internal void MixReset(SimulatedSocket socket, int errno) =>
        _world.Hash.Mix(SimulatedEventKind.Reset, NowNs, socket.Descriptor, errno);

    private static (int Low, int High) Pair(SimulatedNode left, SimulatedNode right) =>
        (Math.Min(left.Index, right.Index), Math.Max(left.Index, right.Index));

    // A reset that a partition swallows never comes: its receiver finds out when it sends.
    private void BreakUnlessCutOff(SimulatedSocket socket, int errno)
    {
        if (!Links.IsCut(socket.Peer.Node, socket.Node))
        {
            socket.Break(errno);
        }
    }

    private void BreakUnacknowledged(SimulatedSocket sender, long sentNs)
    {
        if (Links.WasCutSince(sender.Peer.Node, sender.Node, sentNs))
        {
            sender.Break(Errno.TimedOut);
        }
    }

    private List<SimulatedSocket> ConnectionsBetween(SimulatedNode left, SimulatedNode right)
    {
        (int, int) pair = Pair(left, right);
        return _sockets.FindAll(s => Pair(s.Node, s.Peer.Node) == pair);
    }
}
