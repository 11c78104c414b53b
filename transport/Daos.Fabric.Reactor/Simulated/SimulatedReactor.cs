using Daos.Fabric.Core.Time;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// A reactor whose network and disk live in a <see cref="SimulatedWorld"/>. It never waits: the world runs a loop only when there is
/// something to do. Owned by its loop, as every reactor; the world's thread runs all of them.
/// </summary>
public sealed unsafe class SimulatedReactor : Reactor
{
    private readonly List<SimulatedRequest> _requests = [];
    private readonly Stack<SimulatedRequest> _idle = new();
    private readonly Queue<Completion> _completions = new();
    private bool _woken;

    internal SimulatedReactor(SimulatedNode node, int id)
    {
        Node = node;
        Id = id;
        Timers = new TimerWheel(node.Clock.MonotonicNs);
    }

    /// <inheritdoc/>
    public override string Kind => "simulated";

    /// <summary>The machine that this reactor's process runs on.</summary>
    public SimulatedNode Node { get; }

    /// <inheritdoc/>
    public override IClock Clock => Node.Clock;

    /// <inheritdoc/>
    public override TimerWheel Timers { get; }

    /// <inheritdoc/>
    public override IReactorFiles Files => Node.Files;

    /// <inheritdoc/>
    public override ReactorStatistics Statistics { get; } = new();

    /// <summary>False once the process crashed or the reactor was disposed.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>Operations under way.</summary>
    public int UnderWay => _requests.Count - _idle.Count;

    internal int Id { get; }

    /// <summary>When its loop's last turn ended, or -1.</summary>
    internal long TurnEndNs { get; set; } = -1;

    internal bool HasWork => _woken || _completions.Count > 0 || Timers.NextDueNs <= Node.World.NowNs;

    internal IReadOnlyList<SimulatedRequest> Requests => _requests;

    private SimulatedNetwork Network => Node.World.Network;

    /// <inheritdoc/>
    public override DerResult<ListenerHandle> Listen(SocketAddress address, int backlog) => Network.Listen(Node, address, backlog);

    /// <inheritdoc/>
    public override void Accept(int listener, ReactorOperation operation)
    {
        if (Begin(operation, SimulatedEventKind.Accept) is { } request)
        {
            request.Listener = Network.FindListener(listener);
            request.Listener.StartAccept(request);
        }
    }

    /// <inheritdoc/>
    public override void Connect(SocketAddress address, ReactorOperation operation)
    {
        if (Begin(operation, SimulatedEventKind.Connect) is { } request)
        {
            request.Address = address;
            Network.StartConnect(request);
        }
    }

    /// <inheritdoc/>
    public override void Receive(int socket, byte* destination, int lengthBytes, ReactorOperation operation)
    {
        Invariant.Check(lengthBytes > 0);
        if (Begin(operation, SimulatedEventKind.Receive) is { } request)
        {
            request.Memory = destination;
            request.LengthBytes = lengthBytes;
            request.Socket = Network.FindSocket(socket);
            request.Socket.StartReceive(request);
        }
    }

    /// <inheritdoc/>
    public override void Send(int socket, ReadOnlySpan<IoVector> pieces, ReactorOperation operation)
    {
        Invariant.Check(pieces.Length is > 0 and <= SendPiecesMax);
        if (Begin(operation, SimulatedEventKind.Send) is { } request)
        {
            request.CopyPieces(pieces);
            request.Socket = Network.FindSocket(socket);
            request.Socket.StartSend(request);
        }
    }

    /// <inheritdoc/>
    public override void Shutdown(int socket)
    {
        if (IsAlive)
        {
            Network.FindSocket(socket).Shutdown();
        }
    }

    /// <inheritdoc/>
    public override void Close(int descriptor)
    {
        if (!IsAlive)
        {
            return;
        }

        if (Network.Find(descriptor) is SimulatedOpenFile)
        {
            Files.Close(descriptor);
        }
        else
        {
            Network.Close(descriptor);
        }
    }

    /// <inheritdoc/>
    public override void ReadFile(int file, byte* destination, int lengthBytes, long offsetBytes, ReactorOperation operation)
    {
        if (BeginFile(file, operation, SimulatedEventKind.ReadFile, destination, lengthBytes, offsetBytes) is { } request)
        {
            Node.Disk.StartRead(request);
        }
    }

    /// <inheritdoc/>
    public override void WriteFile(int file, byte* source, int lengthBytes, long offsetBytes, WriteMode mode, ReactorOperation operation)
    {
        if (BeginFile(file, operation, SimulatedEventKind.WriteFile, source, lengthBytes, offsetBytes) is { } request)
        {
            request.Mode = mode;
            Node.Disk.StartWrite(request);
        }
    }

    /// <inheritdoc/>
    public override void FlushFile(int file, ReactorOperation operation)
    {
        if (BeginFile(file, operation, SimulatedEventKind.FlushFile, null, 0, 0) is { } request)
        {
            Node.Disk.StartFlush(request);
        }
    }

    /// <inheritdoc/>
    public override void TrimFile(int file, long offsetBytes, long lengthBytes, ReactorOperation operation)
    {
        if (BeginFile(file, operation, SimulatedEventKind.TrimFile, null, checked((int)lengthBytes), offsetBytes) is { } request)
        {
            Node.Disk.StartTrim(request);
        }
    }

    /// <inheritdoc/>
    public override void Cancel(ReactorOperation operation)
    {
        if (!IsAlive || !operation.IsActive)
        {
            return;
        }

        SimulatedRequest request = _requests[operation.Slot];
        Invariant.Check(ReferenceEquals(request.Operation, operation));
        if (!request.IsFinished && CancelAtOwner(request))
        {
            request.Finish(-Errno.Canceled);
        }
    }

    /// <inheritdoc/>
    public override int Turn(long nowNs, long waitNs)
    {
        Invariant.Check(IsAlive);
        _woken = false;
        Statistics.Turns++;
        int count = _completions.Count;
        for (int i = 0; i < count && IsAlive; i++)
        {
            Deliver(_completions.Dequeue());
        }

        int expired = IsAlive ? Timers.Advance(nowNs) : 0;
        if (expired > 0)
        {
            Node.World.Hash.Mix(SimulatedEventKind.Timers, nowNs, Id, expired);
        }

        return count + expired;
    }

    /// <inheritdoc/>
    public override void Wake() => _woken = true;

    /// <inheritdoc/>
    public override void Quiesce() => Dispose();

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (IsAlive)
        {
            Node.Disk.TakeWritesUnderWay([this]);
            Kill();
            Node.Remove(this);
        }
    }

    /// <summary>The time between two turns counts as blocked, so that a loop which had nothing to do does not look slow.</summary>
    internal void NoteIdle(long nowNs) => Statistics.BlockedNs += TurnEndNs >= 0 ? nowNs - TurnEndNs : 0;

    internal void Kill()
    {
        IsAlive = false;
        _completions.Clear();
        foreach (SimulatedRequest request in _requests)
        {
            request.Revoke();
            request.Listener?.ForgetAccept(request);
            request.Socket?.Forget(request);
            request.IsFinished = true;
        }
    }

    internal void Finish(SimulatedRequest request, int result, bool more)
    {
        Invariant.Check(!request.IsFinished && IsAlive);
        if (!more)
        {
            request.Revoke();
            request.IsFinished = true;
        }

        _completions.Enqueue(new Completion(request, result, more));
    }

    // Null after a crash: operations of a dead process go nowhere.
    private SimulatedRequest? Begin(ReactorOperation operation, SimulatedEventKind kind)
    {
        Invariant.Check(!operation.IsActive);
        if (!IsAlive)
        {
            return null;
        }

        if (!_idle.TryPop(out SimulatedRequest? request))
        {
            request = new SimulatedRequest(this, _requests.Count);
            _requests.Add(request);
        }

        request.Operation = operation;
        request.Kind = kind;
        operation.Slot = request.Slot;
        return request;
    }

    private SimulatedRequest? BeginFile(
        int file, ReactorOperation operation, SimulatedEventKind kind, byte* memory, int lengthBytes, long offsetBytes)
    {
        SimulatedRequest? request = Begin(operation, kind);
        if (request is not null)
        {
            request.Open = Node.Disk.FindOpen(file);
            request.Memory = memory;
            request.LengthBytes = lengthBytes;
            request.OffsetBytes = offsetBytes;
        }

        return request;
    }

    // False when the operation goes on and completes by itself, as disk operations may.
    private bool CancelAtOwner(SimulatedRequest request)
    {
        switch (request.Kind)
        {
            case SimulatedEventKind.Accept:
                request.Listener!.ForgetAccept(request);
                return true;
            case SimulatedEventKind.Receive or SimulatedEventKind.Send:
                request.Socket!.Forget(request);
                return true;
            case SimulatedEventKind.Connect:
                return true;
            default:
                return Node.Disk.TryCancel(request);
        }
    }

    private void Deliver(Completion completion)
    {
        SimulatedRequest request = completion.Request;
        ReactorOperation operation = request.Operation!;
        Statistics.Completions++;
        Node.World.Hash.Mix(request.Kind, Node.World.NowNs, Id, completion.Result);
        if (!completion.More)
        {
            Node.Disk.NoteDelivered(request);
            operation.Slot = -1;
            request.Reset();
            _idle.Push(request);
        }

        operation.Complete(completion.Result, completion.More);
    }

    private readonly record struct Completion(SimulatedRequest Request, int Result, bool More);
}
