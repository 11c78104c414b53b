using Daos.Fabric.Core.Faults;
using Daos.Fabric.Reactor.Errors;

namespace Daos.Fabric.Transport.SharedMemory;

/// <summary>
/// Connecting under a deadline: the unix socket first, then the greeting. Owned by the context's owner thread. Connecting is rare: the
/// object is not pooled.
/// </summary>
internal sealed class ConnectOperation : PooledOperation<DerResult<TransportConnection>>
{
    private readonly SharedMemoryContext _context;
    private readonly TransportUri _uri;
    private readonly SocketOperation _socket;
    private readonly Deadline _deadline;
    private SharedMemoryConnection? _connection;
    private bool _timedOut;

    internal ConnectOperation(SharedMemoryContext context, TransportUri uri)
    {
        _context = context;
        _uri = uri;
        _socket = new SocketOperation(this);
        _deadline = new Deadline(this);
    }

    private Reactor.Reactor Reactor => _context.Loop.Reactor;

    internal ValueTask<DerResult<TransportConnection>> Start(SocketAddress address, long deadlineNs)
    {
        Begin(_context.Loop);
        ValueTask<DerResult<TransportConnection>> task = Task;
        Reactor.Timers.Arm(_deadline, deadlineNs);
        Reactor.Connect(address, _socket);
        return task;
    }

    /// <summary>The socket's connection exists and says hello.</summary>
    internal void Joined(SharedMemoryConnection connection) => _connection = connection;

    /// <summary>The peer answered the greeting.</summary>
    internal void Succeed(SharedMemoryConnection connection) => End(connection);

    /// <summary>The connection ended before.</summary>
    internal void Fail(DerCode reason) => End(_timedOut ? DerCode.TimedOut : reason);

    protected override void Release()
    {
    }

    private void OnSocket(int result)
    {
        if (result >= 0 && FaultRegistry.Fires(_context.Options.Faults, FaultPoint.ConnectRefused))
        {
            Reactor.Close(result);
            result = -Errno.ConnectionRefused;
        }

        if (result < 0)
        {
            // No such name is as good as nobody there.
            Fail(result == -Errno.NoEntry ? DerCode.Unreachable : ErrnoMap.ToDerCode(result));
        }
        else if (_timedOut)
        {
            Reactor.Close(result);
            Fail(DerCode.TimedOut);
        }
        else
        {
            _context.Adopt(result, _uri.ToString(), this);
        }
    }

    private void OnDeadline()
    {
        _timedOut = true;
        if (_socket.IsActive)
        {
            Reactor.Cancel(_socket);
        }
        else
        {
            _connection?.Close(DerCode.TimedOut);
        }
    }

    private void End(DerResult<TransportConnection> result)
    {
        if (IsPending)
        {
            Reactor.Timers.Disarm(_deadline);
            Complete(result);
        }
    }

    private sealed class SocketOperation(ConnectOperation connect) : ReactorOperation
    {
        protected override void Complete(int result, bool more) => connect.OnSocket(result);
    }

    private sealed class Deadline(ConnectOperation connect) : TimerNode
    {
        protected override void Expire() => connect.OnDeadline();
    }
}
