namespace Daos.Fabric.Reactor.Simulated;

/// <summary>A listening socket: connections that wait to be accepted, and the accept that waits for them. Owned by the simulator's thread.</summary>
internal sealed class SimulatedListener(SimulatedNode node, int descriptor, SocketAddress address, int backlogMax)
{
    private readonly Queue<SimulatedSocket> _backlog = new();
    private SimulatedRequest? _accept;

    internal SimulatedNode Node { get; } = node;

    internal int Descriptor { get; } = descriptor;

    internal SocketAddress Address { get; } = address;

    internal bool IsFull => _backlog.Count >= backlogMax;

    internal void StartAccept(SimulatedRequest request)
    {
        Invariant.Check(_accept is null);
        _accept = request;
        while (_backlog.TryDequeue(out SimulatedSocket? socket))
        {
            request.Finish(socket.Descriptor, more: true);
        }
    }

    internal void Offer(SimulatedSocket socket)
    {
        if (_accept is null)
        {
            _backlog.Enqueue(socket);
        }
        else
        {
            _accept.Finish(socket.Descriptor, more: true);
        }
    }

    internal void ForgetAccept(SimulatedRequest request)
    {
        if (ReferenceEquals(_accept, request))
        {
            _accept = null;
        }
    }

    internal void Close()
    {
        Invariant.Check(_accept is null);
        while (_backlog.TryDequeue(out SimulatedSocket? socket))
        {
            socket.Close();
        }
    }
}
