using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>One end of a simulated connection. Owned by the simulator's thread.</summary>
internal sealed class SimulatedSocket
{
    // Time from a call to the moment at which the kernel looks at it.
    private const long KernelDelayMaxNs = 2_000;

    private readonly SimulatedNetwork _network;
    private readonly SeededRandom _random;
    private SimulatedSocket _peer = null!;
    private SimulatedPipe _outbound = null!;
    private SimulatedPipe _inbound = null!;
    private SimulatedRequest? _receive;
    private SimulatedRequest? _send;
    private int _error;
    private bool _endSent;

    private SimulatedSocket(SimulatedNetwork network, SimulatedNode node, SeededRandom random)
    {
        _network = network;
        _random = random;
        Node = node;
        Descriptor = network.Allocate(this);
    }

    internal SimulatedNode Node { get; }

    internal int Descriptor { get; }

    /// <summary>Closed, or its process died.</summary>
    internal bool IsClosed { get; private set; }

    /// <summary>True while segments can reach the machine.</summary>
    internal bool CanBeReached => Node.IsUp;

    /// <summary>The other end.</summary>
    internal SimulatedSocket Peer => _peer;

    internal static SimulatedSocket CreatePair(SimulatedNetwork network, SimulatedNode connector, SimulatedNode acceptor, SeededRandom random)
    {
        var left = new SimulatedSocket(network, connector, random);
        var right = new SimulatedSocket(network, acceptor, random);
        var toRight = new SimulatedPipe(network, random, left, right);
        var toLeft = new SimulatedPipe(network, random, right, left);
        (left._peer, left._outbound, left._inbound) = (right, toRight, toLeft);
        (right._peer, right._outbound, right._inbound) = (left, toLeft, toRight);
        return left;
    }

    internal void StartReceive(SimulatedRequest request)
    {
        Invariant.Check(_receive is null && !IsClosed);
        _receive = request;
        _network.Schedule(request, _random.Next(KernelDelayMaxNs));
    }

    internal void StartSend(SimulatedRequest request)
    {
        Invariant.Check(_send is null && !IsClosed);
        _send = request;
        _network.Schedule(request, _random.Next(KernelDelayMaxNs));
    }

    internal void TryReceive()
    {
        if (_receive is not { } request)
        {
            return;
        }

        int result;
        if (_inbound.ReadableBytes > 0)
        {
            result = Math.Min(request.LengthBytes, _inbound.ReadableBytes);
            if (_random.Chance(_network.Options.ShortReceiveChance))
            {
                result = 1 + _random.Next(result);
            }

            unsafe
            {
                _inbound.Pull(request.Memory, result);
            }

            _peer.RetrySend();
        }
        else if (_error != 0)
        {
            result = -_error;
        }
        else if (_inbound.EndArrived || _endSent)
        {
            result = 0;
        }
        else
        {
            return;
        }

        _receive = null;
        request.Finish(result);
    }

    internal void TrySend()
    {
        if (_send is not { } request)
        {
            return;
        }

        if (_error == 0 && !_endSent && _outbound.RoomBytes == 0)
        {
            return;
        }

        _send = null;
        if (_error != 0 || _endSent)
        {
            request.Finish(_error != 0 ? -_error : -Errno.BrokenPipe);
            return;
        }

        if (DrawMishap())
        {
            request.Finish(-Errno.ConnectionReset);
            return;
        }

        int result = Math.Min(request.PiecesLengthBytes, _outbound.RoomBytes);
        if (result > 1 && _random.Chance(_network.Options.ShortSendChance))
        {
            result = 1 + _random.Next(result);
        }

        _outbound.Push(request, result);
        request.Finish(result);
    }

    /// <summary>The connection fails at this end.</summary>
    internal void Break(int errno)
    {
        if (IsClosed || _error != 0)
        {
            return;
        }

        _error = errno;
        _network.MixReset(this, errno);
        _outbound.DropUnderWay();
        TryReceive();
        TrySend();
    }

    internal void Shutdown()
    {
        if (_error == 0 && !_endSent)
        {
            _endSent = true;
            _outbound.PushEnd();
        }

        TryReceive();
        TrySend();
    }

    internal void Close()
    {
        Invariant.Check(_receive is null && _send is null);
        if (IsClosed)
        {
            return;
        }

        IsClosed = true;
        if (_inbound.HasUnread)
        {
            // As in TCP: who closes with unread data tells the peer that it was lost.
            _outbound.DropUnderWay();
            _network.BreakLater(_peer, Errno.ConnectionReset);
        }
        else if (!_endSent && _error == 0)
        {
            _endSent = true;
            _outbound.PushEnd();
        }
    }

    internal void Kill(bool silently)
    {
        if (IsClosed)
        {
            return;
        }

        IsClosed = true;
        _receive = null;
        _send = null;
        if (silently)
        {
            _outbound.DropUnderWay();
        }
        else if (_error == 0)
        {
            _network.BreakLater(_peer, Errno.ConnectionReset);
        }
    }

    /// <summary>Nothing passes any more in either direction.</summary>
    internal void Lose()
    {
        _outbound.IsLost = true;
        _inbound.IsLost = true;
    }

    internal void Forget(SimulatedRequest request)
    {
        if (ReferenceEquals(_receive, request))
        {
            _receive = null;
        }

        if (ReferenceEquals(_send, request))
        {
            _send = null;
        }
    }

    private void RetrySend()
    {
        if (_send is { IsScheduled: false } send)
        {
            _network.Schedule(send, _random.Next(KernelDelayMaxNs));
        }
    }

    private bool DrawMishap()
    {
        if (_random.Chance(_network.Options.LossChance))
        {
            Lose();
        }

        if (!_random.Chance(_network.Options.ResetChance))
        {
            return false;
        }

        Break(Errno.ConnectionReset);
        _network.BreakLater(_peer, Errno.ConnectionReset);
        return true;
    }
}
