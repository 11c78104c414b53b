namespace Daos.Fabric.Xstreams.Tests.Support;

/// <summary>A reactor with timers and wake-ups but without I/O: all that schedulers and waiting primitives need.</summary>
internal sealed unsafe class TimerReactor(IClock clock) : Reactor.Reactor
{
    private readonly ManualResetEventSlim _wake = new();

    public int Waits { get; private set; }

    public int Wakes;

    public override string Kind => "timers";

    public override IClock Clock { get; } = clock;

    public override TimerWheel Timers { get; } = new(clock.MonotonicNs);

    public override IReactorFiles Files => throw new NotSupportedException();

    public override ReactorStatistics Statistics { get; } = new();

    public override int Turn(long nowNs, long waitNs)
    {
        int ran = Timers.Advance(Clock.MonotonicNs);
        if (ran > 0 || waitNs == 0)
        {
            return ran;
        }

        Waits++;
        long untilTimerNs = Math.Max(0, Timers.NextDueNs - Clock.MonotonicNs);
        _wake.Wait(TimeSpan.FromMicroseconds(Math.Min(waitNs, untilTimerNs) / 1000));
        _wake.Reset();
        return Timers.Advance(Clock.MonotonicNs);
    }

    public override void Quiesce()
    {
    }

    public override void Wake()
    {
        Interlocked.Increment(ref Wakes);
        _wake.Set();
    }

    public override void Dispose() => _wake.Dispose();

    public override DerResult<ListenerHandle> Listen(SocketAddress address, int backlog) => throw new NotSupportedException();

    public override void Accept(int listener, ReactorOperation operation) => throw new NotSupportedException();

    public override void Connect(SocketAddress address, ReactorOperation operation) => throw new NotSupportedException();

    public override void Receive(int socket, byte* destination, int lengthBytes, ReactorOperation operation) => throw new NotSupportedException();

    public override void Send(int socket, ReadOnlySpan<IoVector> pieces, ReactorOperation operation) => throw new NotSupportedException();

    public override void Shutdown(int socket) => throw new NotSupportedException();

    public override void Close(int descriptor) => throw new NotSupportedException();

    public override void ReadFile(int file, byte* destination, int lengthBytes, long offsetBytes, ReactorOperation operation) =>
        throw new NotSupportedException();

    public override void WriteFile(int file, byte* source, int lengthBytes, long offsetBytes, WriteMode mode, ReactorOperation operation) =>
        throw new NotSupportedException();

    public override void FlushFile(int file, ReactorOperation operation) => throw new NotSupportedException();

    public override void Cancel(ReactorOperation operation) => throw new NotSupportedException();
}
