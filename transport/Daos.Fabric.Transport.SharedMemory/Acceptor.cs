using Daos.Fabric.Core.Faults;

namespace Daos.Fabric.Transport.SharedMemory;

/// <summary>Accepts connections under one name until the context closes. Owned by the context's owner thread.</summary>
internal sealed class Acceptor : ReactorOperation
{
    private readonly SharedMemoryContext _context;
    private readonly RetryTimer _retry;
    private readonly int _listener;
    private readonly string _path;
    private bool _stopped;

    /// <param name="context">Takes the connections.</param>
    /// <param name="listener">A listening unix socket; closed at the end.</param>
    /// <param name="path">Its name in the file system; removed at the end.</param>
    internal Acceptor(SharedMemoryContext context, int listener, string path)
    {
        _context = context;
        _listener = listener;
        _path = path;
        _retry = new RetryTimer(this);
    }

    private Reactor.Reactor Reactor => _context.Loop.Reactor;

    internal void Start() => Reactor.Accept(_listener, this);

    internal void Stop()
    {
        _stopped = true;
        RuntimeDirectory.Remove(_path);
        Reactor.Timers.Disarm(_retry);
        if (IsActive)
        {
            Reactor.Cancel(this);
        }
        else
        {
            Reactor.Close(_listener);
        }
    }

    protected override void Complete(int result, bool more)
    {
        if (result >= 0)
        {
            if (FaultRegistry.Fires(_context.Options.Faults, FaultPoint.AcceptFailed))
            {
                Reactor.Close(result);
                result = -Errno.TooManyFiles;
            }
            else
            {
                TakeSocket(result);
            }
        }

        if (more)
        {
            return;
        }

        if (_stopped)
        {
            Reactor.Close(_listener);
        }
        else if (result >= 0)
        {
            Start();
        }
        else
        {
            // Usually no descriptors are left: those who wait in the backlog are accepted once there are.
            Reactor.Timers.Arm(_retry, _context.Loop.NowNs + Limits.AcceptRetryNs);
        }
    }

    private void TakeSocket(int socket)
    {
        if (_stopped)
        {
            Reactor.Close(socket);
            return;
        }

        _context.Adopt(socket, $"{_context.Loop.Name} socket {socket}", connect: null);
    }

    private sealed class RetryTimer(Acceptor acceptor) : TimerNode
    {
        protected override void Expire() => acceptor.Start();
    }
}
