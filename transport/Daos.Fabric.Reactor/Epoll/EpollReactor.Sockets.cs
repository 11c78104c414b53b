using Daos.Fabric.Reactor.Native;
using Daos.Fabric.Reactor.Posix;

namespace Daos.Fabric.Reactor.Epoll;

// Sockets: each is watched once, for edges of both directions. A call is tried when nothing said that it would block, and again after an
// edge.
public sealed unsafe partial class EpollReactor
{
    private const int InProgress = 115;
    private const long ConnectRetryNs = 1_000_000;
    private const int AttemptsUsual = 256;

    private readonly Queue<ulong> _attempts = new(AttemptsUsual);
    private EpollSocket[] _sockets = [];
    private int _watchedSockets;

    /// <inheritdoc/>
    public override DerResult<ListenerHandle> Listen(SocketAddress address, int backlog) =>
        PosixSockets.Listen(address, backlog, Socket.SOCK_NONBLOCK);

    /// <inheritdoc/>
    public override void Accept(int listener, ReactorOperation operation)
    {
        int index = Begin(operation, OperationKind.Accept, listener);
        StartInput(listener, index);
    }

    /// <inheritdoc/>
    public override void Connect(SocketAddress address, ReactorOperation operation)
    {
        int socket = PosixSockets.Create(address, Socket.SOCK_NONBLOCK);
        int index = Begin(operation, OperationKind.Connect, socket);
        byte* native = Operations.AddressOf(index);
        uint length = PosixSockets.Encode(address, native);
        Operations.MessageOf(index)->NameLength = length;
        if (socket < 0 || length == 0)
        {
            Operations[index].Descriptor = -1;
            _ = socket >= 0 ? Unistd.close(socket) : 0;
            Finish(index, socket < 0 ? socket : -Errno.Invalid);
            return;
        }

        TryConnect(index);
    }

    /// <inheritdoc/>
    public override void Receive(int socket, byte* destination, int lengthBytes, ReactorOperation operation)
    {
        int index = Begin(operation, OperationKind.Receive, socket);
        Operations.SetMessage(index, [new IoVector(destination, (nuint)lengthBytes)]);
        StartInput(socket, index);
    }

    /// <inheritdoc/>
    public override void Send(int socket, ReadOnlySpan<IoVector> pieces, ReactorOperation operation)
    {
        Invariant.Check(pieces.Length is > 0 and <= SendPiecesMax);
        int index = Begin(operation, OperationKind.Send, socket);
        Operations.SetMessage(index, pieces);
        ref EpollSocket state = ref StateOf(socket);
        Invariant.Check(state.Output < 0);
        state.Output = index;
        if (state.MayOutput || state.HasHungUp)
        {
            _attempts.Enqueue(Operations.TagOf(index));
        }
    }

    /// <inheritdoc/>
    public override void WaitReadable(int descriptor, ReactorOperation operation)
    {
        int index = Begin(operation, OperationKind.WaitReadable, descriptor);
        ref EpollSocket state = ref StateOf(descriptor);
        Invariant.Check(state.Input < 0);
        state.Input = index;

        // Others read from it, so what is known of edges says nothing.
        _attempts.Enqueue(Operations.TagOf(index));
    }

    /// <inheritdoc/>
    public override int PeerProcess(int socket) => PosixSockets.PeerProcess(socket);

    /// <inheritdoc/>
    public override void Shutdown(int socket) => _ = Socket.shutdown(socket, Socket.SHUT_RDWR);

    /// <inheritdoc/>
    public override void Close(int descriptor)
    {
        if ((uint)descriptor < (uint)_sockets.Length && _sockets[descriptor].IsWatched)
        {
            _sockets[descriptor] = default;
            _watchedSockets--;
        }

        // The system forgets what it watched with the descriptor's end.
        _ = Unistd.close(descriptor);
    }

    private void StartInput(int descriptor, int index)
    {
        ref EpollSocket state = ref StateOf(descriptor);
        Invariant.Check(state.Input < 0);
        state.Input = index;
        if (state.MayInput || state.HasHungUp)
        {
            _attempts.Enqueue(Operations.TagOf(index));
        }
    }

    private ref EpollSocket StateOf(int descriptor)
    {
        if (descriptor >= _sockets.Length)
        {
            Array.Resize(ref _sockets, Math.Max(descriptor + 1, Math.Max(256, _sockets.Length * 2)));
        }

        ref EpollSocket state = ref _sockets[descriptor];
        if (!state.IsWatched)
        {
            state = EpollSocket.Fresh;
            _watchedSockets++;
            Watch(descriptor, EpollCalls.EPOLLIN | EpollCalls.EPOLLOUT | EpollCalls.EPOLLRDHUP | EpollCalls.EPOLLET);
        }

        return ref state;
    }

    private void LeaveSocket(int index)
    {
        ref OperationSlot slot = ref Operations[index];
        int descriptor = slot.Descriptor;
        if ((uint)descriptor >= (uint)_sockets.Length || !_sockets[descriptor].IsWatched)
        {
            return;
        }

        ref EpollSocket state = ref _sockets[descriptor];
        if (slot.Kind is OperationKind.Receive or OperationKind.WaitReadable or OperationKind.Accept && state.Input == index)
        {
            state.Input = -1;
        }
        else if (slot.Kind is OperationKind.Send or OperationKind.Connect && state.Output == index)
        {
            state.Output = -1;
        }
    }

    private void OnEvent(int descriptor, uint events)
    {
        if (descriptor == _wakeFd)
        {
            _woken = true;
            return;
        }

        // An event of a socket that was closed in this very turn.
        if ((uint)descriptor >= (uint)_sockets.Length || !_sockets[descriptor].IsWatched)
        {
            return;
        }

        ref EpollSocket state = ref _sockets[descriptor];
        bool over = (events & (EpollCalls.EPOLLERR | EpollCalls.EPOLLHUP | EpollCalls.EPOLLRDHUP)) != 0;
        state.HasHungUp |= over;
        if (over || (events & EpollCalls.EPOLLIN) != 0)
        {
            state.MayInput = true;
            TryLater(state.Input);
        }

        if (over || (events & EpollCalls.EPOLLOUT) != 0)
        {
            state.MayOutput = true;
            TryLater(state.Output);
        }
    }

    private void TryLater(int index)
    {
        if (index >= 0)
        {
            _attempts.Enqueue(Operations.TagOf(index));
        }
    }

    private void RunAttempts()
    {
        for (int count = _attempts.Count; count > 0; count--)
        {
            int index = Operations.Find(_attempts.Dequeue());

            // Over meanwhile, or tried twice because of two edges.
            if (index >= 0 && !Operations[index].IsParked)
            {
                Try(index);
            }
        }
    }

    private void Try(int index)
    {
        switch (Operations[index].Kind)
        {
            case OperationKind.Accept:
                TryAccept(index);
                break;
            case OperationKind.Connect:
                FinishConnect(index);
                break;
            case OperationKind.Receive:
                TryReceive(index);
                break;
            case OperationKind.WaitReadable:
                TryReadable(index);
                break;
            default:
                TrySend(index);
                break;
        }
    }

    private void TryReceive(int index)
    {
        ref OperationSlot slot = ref Operations[index];
        ref EpollSocket state = ref _sockets[slot.Descriptor];
        IoVector* vector = Operations.VectorsOf(index);
        nint received;
        do
        {
            received = Socket.recv(slot.Descriptor, vector->Address, vector->LengthBytes, Socket.MSG_DONTWAIT);
        }
        while (received < 0 && Unistd.LastErrno == Errno.Interrupted);

        // Less than asked for means that the socket is empty, which spares the call that would say so.
        int errno = received < 0 ? Unistd.LastErrno : 0;
        state.MayInput = errno != Errno.Again && received == (nint)vector->LengthBytes;
        if (errno != Errno.Again)
        {
            Finish(index, received < 0 ? -errno : (int)received);
        }
    }

    private void TryReadable(int index)
    {
        var entry = new PollFd { Descriptor = Operations[index].Descriptor, Events = PollCalls.POLLIN | PollCalls.POLLRDHUP };
        int count = PollCalls.poll(&entry, 1, 0);
        int errno = count < 0 ? Unistd.LastErrno : 0;
        if (errno == Errno.Interrupted)
        {
            TryLater(index);
        }
        else if (count != 0)
        {
            Finish(index, count < 0 ? -errno : entry.Returned);
        }
    }

    private void TrySend(int index)
    {
        ref OperationSlot slot = ref Operations[index];
        nint sent;
        do
        {
            sent = Socket.sendmsg(slot.Descriptor, Operations.MessageOf(index), Socket.MSG_DONTWAIT | Socket.MSG_NOSIGNAL);
        }
        while (sent < 0 && Unistd.LastErrno == Errno.Interrupted);
        if (sent < 0 && Unistd.LastErrno == Errno.Again)
        {
            _sockets[slot.Descriptor].MayOutput = false;
            return;
        }

        Finish(index, sent < 0 ? -Unistd.LastErrno : (int)sent);
    }

    private void TryConnect(int index)
    {
        ref OperationSlot slot = ref Operations[index];
        uint length = Operations.MessageOf(index)->NameLength;
        int errno = Socket.connect(slot.Descriptor, Operations.AddressOf(index), length) == 0 ? 0 : Unistd.LastErrno;
        switch (errno)
        {
            case InProgress or Errno.Interrupted:
                StateOf(slot.Descriptor).Output = index;
                break;
            case Errno.Again:
                // A unix socket whose backlog is full; no event will tell when it is not.
                Timers.Arm(new Retry(this, Operations.TagOf(index)), Clock.MonotonicNs + ConnectRetryNs);
                break;
            default:
                EndConnect(index, errno);
                break;
        }
    }

    private void FinishConnect(int index)
    {
        int error = 0;
        uint length = sizeof(int);
        int descriptor = Operations[index].Descriptor;
        _ = Socket.getsockopt(descriptor, Socket.SOL_SOCKET, Socket.SO_ERROR, &error, &length);
        EndConnect(index, error);
    }

    private void EndConnect(int index, int errno)
    {
        int descriptor = Operations[index].Descriptor;
        if (errno == 0)
        {
            PosixSockets.Prepare(descriptor);
        }

        Finish(index, errno == 0 ? descriptor : -errno);
    }

    // One an attempt: what was taken and not handed over yet costs descriptors, of which a crowd must not use up all.
    private void TryAccept(int index)
    {
        int listener = Operations[index].Descriptor;
        int socket = Socket.accept4(listener, null, null, Socket.SOCK_CLOEXEC);
        int errno = socket < 0 ? Unistd.LastErrno : 0;
        switch (errno)
        {
            case 0:
                PosixSockets.Prepare(socket);
                Tell(index, socket);
                TryLater(index);
                break;
            case Errno.Again:
                _sockets[listener].MayInput = false;
                break;
            case Errno.Interrupted or ConnectionAborted:
                TryLater(index);
                break;
            case Errno.Invalid or BadDescriptor:
                Finish(index, -errno);
                break;
            default:
                // Out of descriptors or memory: the connection stays in the backlog.
                Tell(index, -errno);
                Timers.Arm(new Retry(this, Operations.TagOf(index)), Clock.MonotonicNs + AcceptRetryNs);
                break;
        }
    }

    private const int BadDescriptor = 9;
    private const int ConnectionAborted = 103;

    private sealed class Retry(EpollReactor reactor, ulong tag) : TimerNode
    {
        protected internal override void Expire()
        {
            int index = reactor.Operations.Find(tag);
            if (index < 0 || reactor.Operations[index].IsParked)
            {
                return;
            }

            if (reactor.Operations[index].Kind == OperationKind.Connect)
            {
                reactor.TryConnect(index);
            }
            else
            {
                reactor.TryLater(index);
            }
        }
    }
}
