namespace Daos.Fabric.Rpc.Incast;

/// <summary>One operation that waits, with a limit of time. Owned by its loop, which uses it for one wait after the other.</summary>
internal sealed class IncastWait : PooledOperation<DerCode>
{
    private readonly OwnerLoop _loop;
    private readonly Timer _timer;
    private IncastWaiters? _line;

    private IncastWait(OwnerLoop loop)
    {
        _loop = loop;
        _timer = new Timer(this);
    }

    internal static IncastWait Rent(OwnerLoop loop) => OwnerPool<IncastWait>.Of(loop).Rent(loop, static home => new IncastWait(home));

    internal ValueTask<DerCode> Start(IncastWaiters line, long untilNs)
    {
        _line = line;
        Begin(_loop);
        _loop.Reactor.Timers.Arm(_timer, untilNs);
        return Task;
    }

    internal void End(DerCode code)
    {
        _loop.Reactor.Timers.Disarm(_timer);
        Complete(code);
    }

    protected override void Release()
    {
        _line = null;
        OwnerPool<IncastWait>.Of(_loop).Return(this);
    }

    private void Expired()
    {
        _line!.Remove(this);
        Complete(DerCode.TimedOut);
    }

    private sealed class Timer(IncastWait wait) : TimerNode
    {
        protected override void Expire() => wait.Expired();
    }
}
