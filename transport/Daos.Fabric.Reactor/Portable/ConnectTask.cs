using System.Net;
using System.Net.Sockets;

namespace Daos.Fabric.Reactor.Portable;

/// <summary>Connects one socket; used once. Owned by the reactor's thread.</summary>
internal sealed class ConnectTask(PortableReactor reactor, Socket socket, EndPoint end) : SocketTask(reactor)
{
    private ValueTask _task;

    internal Socket Socket { get; } = socket;

    internal bool Start(ulong tag) => Begin(tag);

    protected override bool Call(Action arrive, CancellationToken cancellation)
    {
        _task = Socket.ConnectAsync(end, cancellation);
        if (_task.IsCompleted)
        {
            return true;
        }

        _task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(arrive);
        return false;
    }

    protected override int End()
    {
        _task.GetAwaiter().GetResult();
        return 0;
    }
}
