using System.Net;
using System.Net.Sockets;
using Daos.Fabric.Reactor.Errors;

namespace Daos.Fabric.Reactor.Portable;

// Sockets: a call that cannot end at once is left to .NET, whose continuation brings it back. Numbers above those of files name them.
public sealed unsafe partial class PortableReactor
{
    private const int FirstSocket = 1 << 24;
    private const int BadDescriptor = 9;

    // Pieces shorter than this are copied together, so that a message of many pieces is one call: .NET gathers managed arrays only.
    private const int GatherBytesMax = 64 << 10;
    private const int GatherPieceBytesMax = 16 << 10;

    private readonly List<PortableSocket?> _sockets = [];
    private readonly Stack<int> _freeSockets = new();
    private readonly Dictionary<int, ConnectTask> _connects = [];

    /// <inheritdoc/>
    public override DerResult<ListenerHandle> Listen(SocketAddress address, int backlog)
    {
        if (PortableEndPoints.Of(address) is not { } end)
        {
            return DerCode.ExceedsPathLen;
        }

        DerResult<Socket> listener = Bind(address, end, backlog);
        if (!listener.IsSuccess && listener.Code == DerCode.Busy && address.IsUnix
            && PortableEndPoints.IsDead(end) && PortableFiles.RemoveStaleSocket(address.Path!))
        {
            listener = Bind(address, end, backlog);
        }

        return listener.IsSuccess
            ? new ListenerHandle(AddSocket(listener.Value), PortableEndPoints.NameOf(listener.Value, address))
            : listener.Code;
    }

    /// <inheritdoc/>
    public override void Accept(int listener, ReactorOperation operation) =>
        StartAccept(Begin(operation, OperationKind.Accept, listener));

    /// <inheritdoc/>
    public override void Connect(SocketAddress address, ReactorOperation operation)
    {
        int index = Begin(operation, OperationKind.Connect, -1);
        if (PortableEndPoints.Of(address) is not { } end)
        {
            Finish(index, -Errno.Invalid);
            return;
        }

        try
        {
            var task = new ConnectTask(this, PortableEndPoints.Create(end), end);
            _connects.Add(index, task);
            if (task.Start(Operations.TagOf(index)))
            {
                EndConnect(index, task);
            }
        }
        catch (SocketException exception)
        {
            // No socket could be made.
            Finish(index, -SystemErrorMap.ToErrno(exception.SocketErrorCode));
        }
    }

    /// <inheritdoc/>
    public override void Receive(int socket, byte* destination, int lengthBytes, ReactorOperation operation)
    {
        int index = Begin(operation, OperationKind.Receive, socket);
        TransferTask task = SocketOf(socket).Receive;
        if (task.Start(Operations.TagOf(index), destination, lengthBytes))
        {
            Finish(index, task.TakeResult());
        }
    }

    /// <inheritdoc/>
    public override void Send(int socket, ReadOnlySpan<IoVector> pieces, ReactorOperation operation)
    {
        Invariant.Check(pieces.Length is > 0 and <= SendPiecesMax);
        int index = Begin(operation, OperationKind.Send, socket);
        Operations.SetMessage(index, pieces);
        TransferTask room = SocketOf(socket).Send;
        Invariant.Check(!room.IsUnderWay);
        int sent = TrySend(index, 0);
        if (sent != -Errno.Again)
        {
            Finish(index, sent);
        }
        else if (room.Start(Operations.TagOf(index), Operations.VectorsOf(index)->Address, 1))
        {
            EndSend(index, room);
        }
    }

    /// <inheritdoc/>
    public override void Shutdown(int socket)
    {
        try
        {
            SocketOf(socket).Socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // Not connected any more, which is what was asked for.
        }
    }

    /// <inheritdoc/>
    public override void Close(int descriptor)
    {
        if (descriptor < FirstSocket)
        {
            Files.Close(descriptor);
        }
        else if (!_disposed)
        {
            SocketOf(descriptor).Dispose();
            _sockets[descriptor - FirstSocket] = null;
            _freeSockets.Push(descriptor - FirstSocket);
        }
    }

    private static DerResult<Socket> Bind(SocketAddress address, EndPoint end, int backlog)
    {
        Socket? socket = null;
        try
        {
            socket = PortableEndPoints.Create(end);
            socket.Bind(end);
            socket.Listen(backlog);
            return socket;
        }
        catch (SocketException exception)
        {
            socket?.Dispose();
            return address.IsUnix && exception.SocketErrorCode == SocketError.AddressNotAvailable
                ? DerCode.Nonexist
                : ErrnoMap.ToDerCode(SystemErrorMap.ToErrno(exception.SocketErrorCode));
        }
    }

    private int AddSocket(Socket socket)
    {
        var entry = new PortableSocket(this, socket);
        if (_freeSockets.TryPop(out int index))
        {
            _sockets[index] = entry;
            return FirstSocket + index;
        }

        _sockets.Add(entry);
        return FirstSocket + _sockets.Count - 1;
    }

    private PortableSocket SocketOf(int descriptor)
    {
        int index = descriptor - FirstSocket;
        Invariant.Check((uint)index < (uint)_sockets.Count && _sockets[index] is not null);
        return _sockets[index]!;
    }

    private SocketTask? TaskOf(int index)
    {
        ref OperationSlot slot = ref Operations[index];
        return slot.Kind switch
        {
            OperationKind.Accept => SocketOf(slot.Descriptor).Accept,
            OperationKind.Receive => SocketOf(slot.Descriptor).Receive,
            OperationKind.Send => SocketOf(slot.Descriptor).Send,
            OperationKind.Connect => _connects.GetValueOrDefault(index),
            _ => null,
        };
    }

    // At most as many as there are operations, for a task that is started again may end at once. A connection is handed over before the next
    // one is taken: a crowd waits in the kernel, where it costs no descriptors.
    private void TakeArrivals()
    {
        for (int count = Operations.Count; count > 0 && _arrivals.TryDequeue(out SocketTask? task); count--)
        {
            int index = Operations.Find(task.Tag);
            Invariant.Check(index >= 0);
            switch (Operations[index].Kind)
            {
                case OperationKind.Accept:
                    EndAccept(index, (AcceptTask)task);
                    return;
                case OperationKind.Connect:
                    EndConnect(index, (ConnectTask)task);
                    break;
                case OperationKind.Send:
                    EndSend(index, (TransferTask)task);
                    break;
                default:
                    Finish(index, task.TakeResult());
                    break;
            }
        }
    }

    private void StartAccept(int index)
    {
        AcceptTask task = SocketOf(Operations[index].Descriptor).Accept;
        if (task.Start(Operations.TagOf(index)))
        {
            Arrive(task);
        }
    }

    private void EndAccept(int index, AcceptTask task)
    {
        int result = task.TakeResult();
        if (result == 0)
        {
            PortableEndPoints.Prepare(task.Accepted!);
            Tell(index, AddSocket(task.Accepted!));
        }

        if (Operations[index].IsCancelled)
        {
            Finish(index, -Errno.Canceled);
        }
        else if (result is -Errno.Canceled or -Errno.Invalid or -BadDescriptor)
        {
            Finish(index, result);
        }
        else if (result is 0 or -Errno.Interrupted or -SystemErrorMap.ConnectionAborted or -Errno.ConnectionReset)
        {
            StartAccept(index);
        }
        else
        {
            // Out of descriptors or memory: the connection stays in the backlog.
            Tell(index, result);
            Timers.Arm(new AcceptRetry(this, Operations.TagOf(index)), Clock.MonotonicNs + AcceptRetryNs);
        }
    }

    private void EndConnect(int index, ConnectTask task)
    {
        _ = _connects.Remove(index);
        int result = task.TakeResult();
        task.Dispose();
        if (result < 0)
        {
            // A unix socket's path that does not exist is an address that is not available, says .NET.
            bool isAbsent = task.Socket.AddressFamily == AddressFamily.Unix && result == -SystemErrorMap.AddressNotAvailable;
            task.Socket.Dispose();
            Finish(index, isAbsent ? -Errno.NoEntry : result);
            return;
        }

        PortableEndPoints.Prepare(task.Socket);
        Finish(index, AddSocket(task.Socket));
    }

    // There is room: one byte went, and as much as fits follows.
    private void EndSend(int index, TransferTask room)
    {
        int result = room.TakeResult();
        Finish(index, result <= 0 ? result : result + Math.Max(0, TrySend(index, result)));
    }

    // Sends what the kernel takes at once, from the pieces after the first bytes; -EAGAIN when that is nothing.
    private int TrySend(int index, int skipBytes)
    {
        ReadOnlySpan<byte> bytes = Gather(index, skipBytes);
        if (bytes.IsEmpty)
        {
            return 0;
        }

        int sent = SocketOf(Operations[index].Descriptor).Socket.Send(bytes, SocketFlags.None, out SocketError error);
        return error == SocketError.Success ? sent : -SystemErrorMap.ToErrno(error);
    }

    private ReadOnlySpan<byte> Gather(int index, int skipBytes)
    {
        IoVector* pieces = Operations.VectorsOf(index);
        int count = (int)Operations.MessageOf(index)->VectorCount;
        int filled = 0;
        for (int i = 0; i < count; i++)
        {
            int skip = Math.Min(skipBytes, (int)pieces[i].LengthBytes);
            skipBytes -= skip;
            var piece = new ReadOnlySpan<byte>(pieces[i].Address + skip, (int)pieces[i].LengthBytes - skip);
            if (filled == 0 && (piece.Length >= GatherPieceBytesMax || (i == count - 1 && piece.Length > 0)))
            {
                return piece;
            }

            int take = Math.Min(piece.Length, GatherBytesMax - filled);
            piece[..take].CopyTo(new Span<byte>(_gathered.Address + filled, take));
            filled += take;
            if (take < piece.Length)
            {
                break;
            }
        }

        return new ReadOnlySpan<byte>(_gathered.Address, filled);
    }

    private int CancelTasks()
    {
        int count = 0;
        for (int i = 0; i < Operations.Capacity; i++)
        {
            if (Operations[i].Operation is not null && TaskOf(i) is { IsUnderWay: true } task)
            {
                task.Cancel();
                count++;
            }
        }

        return count;
    }

    private void DropArrivals()
    {
        while (_arrivals.TryDequeue(out SocketTask? task))
        {
            int result = task.TakeResult();
            switch (task)
            {
                case AcceptTask accept when result == 0:
                    accept.Accepted!.Dispose();
                    break;
                case ConnectTask connect:
                    connect.Socket.Dispose();
                    break;
            }
        }
    }

    private void CloseSockets()
    {
        foreach (PortableSocket? socket in _sockets)
        {
            socket?.Dispose();
        }

        _sockets.Clear();
    }

    private sealed class AcceptRetry(PortableReactor reactor, ulong tag) : TimerNode
    {
        protected internal override void Expire()
        {
            int index = reactor.Operations.Find(tag);
            if (index >= 0 && !reactor.Operations[index].IsParked)
            {
                reactor.StartAccept(index);
            }
        }
    }
}
