namespace Daos.Fabric.Transport.Loopback;

/// <summary>
/// Connects two owner threads: a request posted to the listener, which makes its end and posts it back, under a deadline. Owned by the
/// connecting owner thread except while the request executes.
/// </summary>
internal sealed class CrossConnect : PooledOperation<DerResult<TransportConnection>>
{
    private readonly LoopbackContext _from;
    private readonly LoopbackContext _to;
    private readonly string _name;
    private readonly long _deadlineNs;
    private readonly Deadline _deadline;
    private CrossConnection? _theirs;

    internal CrossConnect(LoopbackContext from, LoopbackContext to, string name, long deadlineNs)
    {
        _from = from;
        _to = to;
        _name = name;
        _deadlineNs = deadlineNs;
        _deadline = new Deadline(this);
    }

    internal ValueTask<DerResult<TransportConnection>> Start()
    {
        Begin(_from.Loop);
        _from.Loop.Reactor.Timers.Arm(_deadline, _deadlineNs);
        _from.OutboxTo(_to.Loop).Post(new Request(this));
        return Task;
    }

    // A connect is rare: nothing to pool.
    protected override void Release()
    {
    }

    // Runs on the listener's owner thread.
    private void Serve()
    {
        if (_to.HasRoom)
        {
            _theirs = new CrossConnection(_to, _from.Loop, _from.Loop.Name, accepted: true);
            _to.Add(_theirs);
        }

        _to.OutboxTo(_from.Loop).Post(new Answer(this));
    }

    private void Finish()
    {
        if (_theirs is null)
        {
            End(DerCode.Busy);
            return;
        }

        var ours = new CrossConnection(_from, _to.Loop, _name, accepted: false) { Other = _theirs };
        _from.Add(ours);
        _from.OutboxTo(_to.Loop).Post(new Joined(ours));
        if (!IsPending)
        {
            // The deadline came first: nobody waits for this connection, and the layer above never hears of it.
            ours.Abandon();
            _from.Forget(ours);
            return;
        }

        End(ours);
    }

    private void End(DerResult<TransportConnection> result)
    {
        if (IsPending)
        {
            _from.Loop.Reactor.Timers.Disarm(_deadline);
            Complete(result);
        }
    }

    private sealed class Request(CrossConnect connect) : WorkItem
    {
        protected override void Execute() => connect.Serve();
    }

    private sealed class Answer(CrossConnect connect) : WorkItem
    {
        protected override void Execute() => connect.Finish();
    }

    // Tells the listener's end which connection it belongs to, before any message of it: the inbox keeps the order.
    private sealed class Joined(CrossConnection ours) : WorkItem
    {
        protected override void Execute()
        {
            ours.Other.Join(ours);
        }
    }

    private sealed class Deadline(CrossConnect connect) : TimerNode
    {
        protected override void Expire() => connect.End(DerCode.TimedOut);
    }
}
