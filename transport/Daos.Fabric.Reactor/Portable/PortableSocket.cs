using System.Net.Sockets;

namespace Daos.Fabric.Reactor.Portable;

/// <summary>A socket of the reactor's table with the calls that may be under way on it. Owned by the reactor's thread.</summary>
internal sealed class PortableSocket(PortableReactor reactor, Socket socket) : IDisposable
{
    private AcceptTask? _accept;
    private TransferTask? _receive;
    private TransferTask? _send;

    internal Socket Socket { get; } = socket;

    internal AcceptTask Accept => _accept ??= new AcceptTask(reactor, Socket);

    internal TransferTask Receive => _receive ??= new TransferTask(reactor, Socket, isSend: false);

    /// <summary>Waits for room by sending one byte, which is either sent or not: a larger call that is cancelled would not say how much went.</summary>
    internal TransferTask Send => _send ??= new TransferTask(reactor, Socket, isSend: true);

    public void Dispose()
    {
        Socket.Dispose();
        _accept?.Dispose();
        _receive?.Dispose();
        _send?.Dispose();
    }
}
