using System.Net.Sockets;

namespace Daos.Fabric.Reactor.Portable;

/// <summary>Accepts one connection; the reactor starts it again. Owned by the reactor's thread.</summary>
internal sealed class AcceptTask(PortableReactor reactor, Socket listener) : SocketTask(reactor)
{
    private ValueTask<Socket> _task;

    /// <summary>The connected socket after a result of 0.</summary>
    internal Socket? Accepted { get; private set; }

    internal bool Start(ulong tag) => Begin(tag);

    protected override bool Call(Action arrive, CancellationToken cancellation)
    {
        _task = listener.AcceptAsync(cancellation);
        if (_task.IsCompleted)
        {
            return true;
        }

        _task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(arrive);
        return false;
    }

    protected override int End()
    {
        Accepted = null;
        Accepted = _task.GetAwaiter().GetResult();
        return 0;
    }
}
