namespace Daos.Fabric.Transport.Ofi.Connections;

/// <summary>Waits for the answer to a hello, under a deadline. Owned by the context's owner thread. Connecting is rare: not pooled.</summary>
internal sealed class ConnectOperation : PooledOperation<DerResult<TransportConnection>>
{
    private readonly OfiContext _context;
    private readonly Deadline _deadline;
    private OfiConnection? _connection;

    internal ConnectOperation(OfiContext context)
    {
        _context = context;
        _deadline = new Deadline(this);
    }

    /// <summary>Says hello over this connection.</summary>
    internal ValueTask<DerResult<TransportConnection>> Start(OfiConnection connection, long deadlineNs)
    {
        Begin(_context.Loop);
        ValueTask<DerResult<TransportConnection>> task = Task;
        _connection = connection;
        _context.Loop.Reactor.Timers.Arm(_deadline, deadlineNs);
        connection.SayHello();
        return task;
    }

    /// <summary>The peer answered.</summary>
    internal void Succeed(OfiConnection connection) => End(connection);

    /// <summary>The connection ended before.</summary>
    internal void Fail(DerCode reason) => End(reason);

    protected override void Release()
    {
    }

    // Endpoints that have no connections tell no refusal: silence up to here is all that can be known.
    private void OnDeadline() => _connection!.GiveUp(_connection.WasHelloTaken ? DerCode.TimedOut : DerCode.Unreachable);

    private void End(DerResult<TransportConnection> result)
    {
        if (IsPending)
        {
            _context.Loop.Reactor.Timers.Disarm(_deadline);
            Complete(result);
        }
    }

    private sealed class Deadline(ConnectOperation connect) : TimerNode
    {
        protected override void Expire() => connect.OnDeadline();
    }
}
