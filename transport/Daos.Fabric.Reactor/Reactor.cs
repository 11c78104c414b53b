using Daos.Fabric.Core.Time;

namespace Daos.Fabric.Reactor;

/// <summary>
/// One thread's event loop: sockets, files, timers and wake-ups. Operations are queued by the calls below, submitted together once
/// per <see cref="Turn"/> or before, and completed inside it. Owned by one owner thread; only <see cref="Wake"/> may be called from any thread.
/// </summary>
public abstract unsafe class Reactor : IDisposable
{
    /// <summary>Pieces of memory in one <see cref="Send"/> at most.</summary>
    public const int SendPiecesMax = 64;

    /// <summary>
    /// Bytes of a TCP connection at most, in bytes, that the system keeps without being able to send them: what the caller decides to send
    /// next does not wait behind more. What is on its way to the peer is not limited by it.
    /// </summary>
    public const int UnsentBytesMax = 128 * 1024;

    /// <summary>"uring", "epoll", "portable" or "simulated".</summary>
    public abstract string Kind { get; }

    /// <summary>Time as this reactor's timers see it.</summary>
    public abstract IClock Clock { get; }

    /// <summary>Timers of this owner.</summary>
    public abstract TimerWheel Timers { get; }

    /// <summary>Names, sizes and descriptors of files: start-up and shutdown only, these calls block.</summary>
    public abstract IReactorFiles Files { get; }

    /// <summary>Figures for reports.</summary>
    public abstract ReactorStatistics Statistics { get; }

    /// <summary>
    /// True when the loop spins while it is idle, so that calls that find nothing cost nobody anything. <see cref="OwnerLoop"/> says so
    /// before the first turn.
    /// </summary>
    public bool Spins { get; set; }

    /// <summary>What an operator should know about this reactor on this machine, one sentence each; usually nothing. Start-up only.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>Pause before accepting again after the system refused, in ns: at once would spin.</summary>
    internal const long AcceptRetryNs = 10_000_000;

    /// <summary>Binds and listens; start-up only. The address in the result carries the port that was chosen for port 0.</summary>
    public abstract DerResult<ListenerHandle> Listen(SocketAddress address, int backlog);

    /// <summary>
    /// Accepts until cancelled: each completion brings a connected socket's descriptor. A negative one with more to come says that the system
    /// refuses for now (out of descriptors or memory): who connects stays in the backlog, and the reactor tries again every
    /// <see cref="AcceptRetryNs"/>.
    /// </summary>
    public abstract void Accept(int listener, ReactorOperation operation);

    /// <summary>Connects; the completion brings the descriptor.</summary>
    public abstract void Connect(SocketAddress address, ReactorOperation operation);

    /// <summary>
    /// Receives once into the caller's memory; 0 means that the peer closed. One receive may be under way per socket.
    /// </summary>
    public abstract void Receive(int socket, byte* destination, int lengthBytes, ReactorOperation operation);

    /// <summary>
    /// Sends from 1 to <see cref="SendPiecesMax"/> pieces of memory; may complete with fewer bytes than asked. The vector itself is
    /// copied, the memory is not. One send may be under way per socket.
    /// </summary>
    public abstract void Send(int socket, ReadOnlySpan<IoVector> pieces, ReactorOperation operation);

    /// <summary>
    /// Completes once, with 0 or more, when the descriptor (a socket, an eventfd) can be read without waiting or its peer hung up, also
    /// when that is so already. Counts as the descriptor's one receive. Reactors of this machine only.
    /// </summary>
    /// <exception cref="NotSupportedException">This reactor has no descriptors of the machine.</exception>
    public virtual void WaitReadable(int descriptor, ReactorOperation operation) =>
        throw new NotSupportedException($"the {Kind} reactor watches no descriptors");

    /// <summary>
    /// The process at the other end of a unix socket, when it runs under this process's user and the reactor's sockets are those of the
    /// machine; else 0.
    /// </summary>
    public virtual int PeerProcess(int socket) => 0;

    /// <summary>Shuts a socket down in both directions, so that operations under way complete.</summary>
    public abstract void Shutdown(int socket);

    /// <summary>Closes a descriptor with no operation under way.</summary>
    public abstract void Close(int descriptor);

    /// <summary>Reads from a file; with direct files address, length and offset are multiples of 4 KiB. May be short at the end.</summary>
    public abstract void ReadFile(int file, byte* destination, int lengthBytes, long offsetBytes, ReactorOperation operation);

    /// <summary>Writes to a file, alignment as above. Durable at completion only with <see cref="WriteMode.Durable"/>.</summary>
    public abstract void WriteFile(int file, byte* source, int lengthBytes, long offsetBytes, WriteMode mode, ReactorOperation operation);

    /// <summary>
    /// Makes every write to the file durable whose completion was delivered before this call (fdatasync); says nothing about writes
    /// that are still under way.
    /// </summary>
    public abstract void FlushFile(int file, ReactorOperation operation);

    /// <summary>
    /// Gives the blocks of a range of a file or device back to whatever lies below (fallocate with a hole punched, which a block device takes
    /// as a discard that leaves zeros). What the range reads as afterwards is not defined, nor is when that becomes durable. Ends with 0,
    /// -EOPNOTSUPP where nothing below knows of it, or another error; writes of the same range must not be under way.
    /// </summary>
    /// <exception cref="NotSupportedException">This reactor has no files.</exception>
    public virtual void TrimFile(int file, long offsetBytes, long lengthBytes, ReactorOperation operation) =>
        throw new NotSupportedException($"the {Kind} reactor trims no files");

    /// <summary>
    /// Asks for an early end; the operation still completes exactly once more, with -ECANCELED or with what it did before the request
    /// arrived. A file write that ends with -ECANCELED may have happened. Nothing happens when the operation is not active.
    /// </summary>
    public abstract void Cancel(ReactorOperation operation);

    /// <summary>
    /// Submits what is queued, runs completions and due timers, and returns how many ran. With nothing to run it waits at most
    /// <paramref name="waitNs"/> (0: never) or until <see cref="Wake"/> or the next timer.
    /// </summary>
    /// <param name="nowNs">Monotonic time that the caller read for this turn, so that the clock is read once.</param>
    /// <param name="waitNs">Longest wait in ns.</param>
    public abstract int Turn(long nowNs, long waitNs);

    /// <summary>Ends the wait of the current or next <see cref="Turn"/>. Any thread.</summary>
    public abstract void Wake();

    /// <summary>
    /// Cancels everything under way and waits until the kernel has let go of all memory; the operations never complete. The last call of
    /// the owner thread, which <see cref="OwnerLoopThread"/> makes when it stops.
    /// </summary>
    public abstract void Quiesce();

    /// <summary>
    /// Ends the reactor: on the owner thread (which includes <see cref="Quiesce"/>), or on any thread after that call.
    /// </summary>
    public abstract void Dispose();
}
