using Daos.Fabric.Core.Time;

namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>A reactor without sockets and files, for loopback: its time moves by 1 us per turn.</summary>
internal sealed unsafe class IdleReactor : Reactor.Reactor, IClock
{
    private long _nowNs = 1_000_000_000;

    public override string Kind => "idle";

    public override IClock Clock => this;

    public override TimerWheel Timers { get; } = new(1_000_000_000);

    public override IReactorFiles Files => throw new NotSupportedException();

    public override ReactorStatistics Statistics { get; } = new();

    public long MonotonicNs => _nowNs;

    public long UnixNs => _nowNs;

    public override DerResult<ListenerHandle> Listen(SocketAddress address, int backlog) => throw new NotSupportedException();

    public override void Accept(int listener, ReactorOperation operation) => throw new NotSupportedException();

    public override void Connect(SocketAddress address, ReactorOperation operation) => throw new NotSupportedException();

    public override void Receive(int socket, byte* destination, int lengthBytes, ReactorOperation operation) => throw new NotSupportedException();

    public override void Send(int socket, ReadOnlySpan<IoVector> pieces, ReactorOperation operation) => throw new NotSupportedException();

    public override void Shutdown(int socket) => throw new NotSupportedException();

    public override void Close(int descriptor) => throw new NotSupportedException();

    public override void ReadFile(int file, byte* destination, int lengthBytes, long offsetBytes, ReactorOperation operation) =>
        throw new NotSupportedException();

    public override void WriteFile(
        int file, byte* source, int lengthBytes, long offsetBytes, WriteMode mode, ReactorOperation operation) => throw new NotSupportedException();

    public override void FlushFile(int file, ReactorOperation operation) => throw new NotSupportedException();

    public override void Cancel(ReactorOperation operation) => throw new NotSupportedException();

    public override int Turn(long nowNs, long waitNs)
    {
        _nowNs += 1000;
        return Timers.Advance(_nowNs);
    }

    public override void Quiesce()
    {
    }

    public override void Wake()
    {
    }

    public override void Dispose()
    {
    }
}
