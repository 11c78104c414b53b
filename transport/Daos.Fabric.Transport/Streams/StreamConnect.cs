using Daos.Fabric.Core.Faults;
using Daos.Fabric.Reactor.Errors;

namespace Daos.Fabric.Transport.Streams;

/// <summary>
/// Connecting under a deadline: the socket first, then the greeting. Owned by the context's owner thread. Connecting is rare: the
/// object is not pooled.
/// </summary>
internal sealed class StreamConnect : PooledOperation<DerResult<TransportConnection>>
{
    private readonly IStreamOwner _owner;
    private readonly TransportUri _uri;
    private readonly SocketOperation _socket;
    private readonly Deadline _deadline;
    private TransportConnection? _connection;
    private bool _timedOut;

    internal StreamConnect(IStreamOwner owner, TransportUri uri)
    {
        _owner = owner;
        _uri = uri;
        _socket = new SocketOperation(this);
        _deadline = new Deadline(this);
    }

    private Reactor.Reactor Reactor => _owner.Loop.Reactor;

    internal ValueTask<DerResult<TransportConnection>> Start(SocketAddress address, long deadlineNs)
    {
        Begin(_owner.Loop);
        ValueTask<DerResult<TransportConnection>> task = Task;
        Reactor.Timers.Arm(_deadline, deadlineNs);
        Reactor.Connect(address, _socket);
        return task;
    }

    /// <summary>The socket's connection exists and says hello.</summary>
    internal void Joined(TransportConnection connection) => _connection = connection;

    /// <summary>The peer answered the greeting.</summary>
    internal void Succeed(TransportConnection connection) => End(connection);

    /// <summary>The connection ended before.</summary>
    internal void Fail(DerCode reason) => End(_timedOut ? DerCode.TimedOut : reason);

    protected override void Release()
    {
    }

    private void OnSocket(int result)
    {
        if (result >= 0 && FaultRegistry.Fires(_owner.Options.Faults, FaultPoint.ConnectRefused))
        {
            Reactor.Close(result);
            result = -Errno.ConnectionRefused;
        }

        if (result < 0)
        {
            Fail(ErrnoMap.ToPeerCode(result));
        }
        else if (_timedOut)
        {
            Reactor.Close(result);
            Fail(DerCode.TimedOut);
        }
        else
        {
            _owner.Adopt(result, _uri.Scheme, _uri.ToString(), this);
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

    private sealed class SocketOperation(StreamConnect connect) : ReactorOperation
    {
        protected override void Complete(int result, bool more) => connect.OnSocket(result);
    }

    private sealed class Deadline(StreamConnect connect) : TimerNode
    {
        protected override void Expire() => connect.OnDeadline();
    }
}
