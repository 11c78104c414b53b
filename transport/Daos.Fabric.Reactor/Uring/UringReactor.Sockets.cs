using Daos.Fabric.Reactor.Native;
using Daos.Fabric.Reactor.Posix;

namespace Daos.Fabric.Reactor.Uring;

// Sockets stay in blocking mode: with O_NONBLOCK the kernel would answer EAGAIN instead of waiting for readiness itself.
public sealed unsafe partial class UringReactor
{
    private const byte HintUnknown = 0;
    private const byte HintEmpty = 1;

    /// <inheritdoc/>
    public override DerResult<ListenerHandle> Listen(SocketAddress address, int backlog) => PosixSockets.Listen(address, backlog, 0);

    /// <inheritdoc/>
    public override void Accept(int listener, ReactorOperation operation) =>
        PrepareAccept(Begin(operation, OperationKind.Accept, listener, IoUring.IORING_OP_ACCEPT));

    /// <inheritdoc/>
    public override void Connect(SocketAddress address, ReactorOperation operation)
    {
        // A failure to make the socket completes like a failure to connect: the kernel answers EBADF for descriptor -1, and the real
        // errno is kept instead of the descriptor.
        int socket = PosixSockets.Create(address, 0);
        IoUringSqe* entry = Begin(operation, OperationKind.Connect, socket, IoUring.IORING_OP_CONNECT);
        byte* native = _operations.AddressOf(operation.Slot);
        uint length = PosixSockets.Encode(address, native);
        if (length == 0 && socket >= 0)
        {
            _ = Unistd.close(socket);
            _operations[operation.Slot].Descriptor = -Errno.Invalid;
            entry->Fd = -1;
        }

        entry->Address = (ulong)native;
        entry->Offset = length;
    }

    /// <inheritdoc/>
    public override void Receive(int socket, byte* destination, int lengthBytes, ReactorOperation operation)
    {
        int index = _operations.Add(operation, OperationKind.Receive, socket);
        _operations.VectorsOf(index)[0] = new IoVector(destination, (nuint)lengthBytes);
        if (!TryKeep(_directReceives, index))
        {
            QueueReceive(index);
        }
    }

    /// <inheritdoc/>
    public override void Send(int socket, ReadOnlySpan<IoVector> pieces, ReactorOperation operation)
    {
        Invariant.Check(pieces.Length is > 0 and <= SendPiecesMax);
        int index = _operations.Add(operation, OperationKind.Send, socket);
        _operations.SetMessage(index, pieces);
        if (!TryKeep(_directSends, index))
        {
            QueueSend(index);
        }
    }

    /// <inheritdoc/>
    public override void WaitReadable(int descriptor, ReactorOperation operation)
    {
        IoUringSqe* entry = Begin(operation, OperationKind.WaitReadable, descriptor, IoUring.IORING_OP_POLL_ADD);
        entry->OperationFlags = (uint)(PollCalls.POLLIN | PollCalls.POLLRDHUP);
    }

    /// <inheritdoc/>
    public override int PeerProcess(int socket) => PosixSockets.PeerProcess(socket);

    /// <inheritdoc/>
    public override void Shutdown(int socket) => _ = Socket.shutdown(socket, Socket.SHUT_RDWR);

    /// <inheritdoc/>
    public override void Close(int descriptor)
    {
        if ((uint)descriptor < (uint)_socketHints.Length)
        {
            _socketHints[descriptor] = HintUnknown;
        }

        _ = Unistd.close(descriptor);
    }

    private void QueueReceive(int index)
    {
        int socket = _operations[index].Descriptor;
        IoVector* vector = _operations.VectorsOf(index);
        IoUringSqe* entry = Queue(index, IoUring.IORING_OP_RECV);
        entry->Address = (ulong)vector->Address;
        entry->Length = (uint)vector->LengthBytes;

        // The last receive emptied the socket: wait first instead of trying in vain.
        if ((uint)socket < (uint)_socketHints.Length && _socketHints[socket] == HintEmpty)
        {
            entry->IoPriority = IoUring.IORING_RECVSEND_POLL_FIRST;
        }
    }

    private void QueueSend(int index)
    {
        MsgHdr* message = _operations.MessageOf(index);
        IoUringSqe* entry;
        if (message->VectorCount == 1)
        {
            entry = Queue(index, IoUring.IORING_OP_SEND);
            entry->Address = (ulong)message->Vectors->Address;
            entry->Length = (uint)message->Vectors->LengthBytes;
        }
        else
        {
            entry = Queue(index, IoUring.IORING_OP_SENDMSG);
            entry->Address = (ulong)message;
            entry->Length = 1;
        }

        entry->OperationFlags = Socket.MSG_NOSIGNAL;
    }

    // One at a time: a multishot accept takes all that wait at once, and a crowd that is to be turned away uses up the process's descriptors
    // before anybody hears of the first.
    private static void PrepareAccept(IoUringSqe* entry)
    {
        entry->OperationFlags = Socket.SOCK_CLOEXEC;
    }

    private static int FinishConnect(int socket, int result)
    {
        if (socket < 0)
        {
            return socket;
        }

        if (result < 0)
        {
            _ = Unistd.close(socket);
            return result;
        }

        PosixSockets.Prepare(socket);
        return socket;
    }

    // It is armed again each time, so that the caller sees one accept until it cancels.
    private int CompleteAccept(int index, int result, bool armed)
    {
        ref OperationSlot slot = ref _operations[index];
        ReactorOperation operation = slot.Operation!;
        if (result >= 0)
        {
            PosixSockets.Prepare(result);
        }

        bool isOver = !armed && (slot.IsCancelled || result is -Errno.Canceled or -Errno.Invalid or -BadDescriptor);
        if (isOver)
        {
            _ = _operations.Remove(index);
            if (result >= 0)
            {
                // Accepted in the instant of the cancel: the caller gets the socket, then the end.
                operation.Complete(result, more: true);
                result = -Errno.Canceled;
            }

            operation.Complete(result, more: false);
            return 1;
        }

        if (!armed)
        {
            // Out of descriptors or memory: the connection stays in the backlog.
            ArmAcceptAgain(index, delayed: result is < 0 and not -Errno.Interrupted and not -ConnectionAborted);
        }

        if (result is -Errno.Interrupted or -ConnectionAborted)
        {
            return 0;
        }

        operation.Complete(result, more: true);
        return 1;
    }

    private void ArmAcceptAgain(int index, bool delayed)
    {
        if (delayed)
        {
            _operations[index].IsParked = true;
            Timers.Arm(new AcceptRetry(this, _operations.TagOf(index)), Clock.MonotonicNs + AcceptRetryNs);
            return;
        }

        _operations[index].Parts = 1;
        IoUringSqe* entry = _ring.NextEntry();
        entry->Opcode = IoUring.IORING_OP_ACCEPT;
        entry->Fd = _operations[index].Descriptor;
        entry->UserData = _operations.TagOf(index);
        PrepareAccept(entry);
    }

    private void NoteReceived(int socket, uint flags, int result)
    {
        if ((uint)socket >= (uint)_socketHints.Length)
        {
            Array.Resize(ref _socketHints, Math.Max(socket + 1, _socketHints.Length * 2));
        }

        _socketHints[socket] = result > 0 && (flags & IoUring.IORING_CQE_F_SOCK_NONEMPTY) == 0 ? HintEmpty : HintUnknown;
    }

    private const int BadDescriptor = 9;
    private const int ConnectionAborted = 103;

    private sealed class AcceptRetry(UringReactor reactor, ulong tag) : TimerNode
    {
        protected internal override void Expire()
        {
            int index = reactor._operations.Find(tag);
            if (index < 0)
            {
                return;
            }

            // The kernel knows nothing of a parked accept, so a cancel meanwhile is carried out here.
            if (reactor._operations[index].IsCancelled)
            {
                reactor._operations.Remove(index).Complete(-Errno.Canceled, more: false);
                return;
            }

            reactor._operations[index].IsParked = false;
            reactor.ArmAcceptAgain(index, delayed: false);
        }
    }
}
