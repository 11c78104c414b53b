using Daos.Fabric.Transport.Memory;

namespace Daos.Fabric.Transport.Loopback;

/// <summary>
/// Both ends on one owner thread: messages are read where the sender wrote them, from an item of the ready queue, and one-sided
/// transfers are one copy inside the call. Owned by that owner thread.
/// </summary>
internal sealed unsafe class DirectConnection : LoopbackConnection
{
    private readonly DeliverItem _deliver;
    private LoopbackSegment? _oldest;
    private DirectConnection _peer = null!;
    private bool _closedTold;
    private bool _peerTold;

    private DirectConnection(LoopbackContext context, string peerName, bool accepted)
        : base(context, peerName, accepted)
    {
        _deliver = new DeliverItem(this);
    }

    protected override bool IsPathStuck => false;

    /// <summary>Makes both ends; the accepting handler hears of it from the ready queue.</summary>
    internal static DirectConnection Connect(LoopbackContext from, LoopbackContext to, string name)
    {
        var ours = new DirectConnection(from, name, accepted: false);
        var theirs = new DirectConnection(to, from.Loop.Name, accepted: true);
        ours._peer = theirs;
        theirs._peer = ours;
        from.Add(ours);
        to.Add(theirs);
        theirs._deliver.Schedule();
        return ours;
    }

    /// <inheritdoc/>
    public override ValueTask<DerCode> ReadRemoteAsync(RemoteMemory memory, long offsetBytes, byte* destination, int lengthBytes) =>
        new(Copy(memory, offsetBytes, destination, lengthBytes, MemoryAccess.RemoteRead));

    /// <inheritdoc/>
    public override ValueTask<DerCode> WriteRemoteAsync(RemoteMemory memory, long offsetBytes, byte* source, int lengthBytes) =>
        new(Copy(memory, offsetBytes, source, lengthBytes, MemoryAccess.RemoteWrite));

    /// <inheritdoc/>
    public override void Close(DerCode reason)
    {
        Context.Loop.Assert();
        if (MarkClosed(reason))
        {
            _deliver.Schedule();
        }
    }

    internal override void Abandon()
    {
        MarkClosed(DerCode.Shutdown);
        _closedTold = true;
        ForgetAccept();
        Drop();
        _peer.Drop();
        _peer.Close(DerCode.Unreachable);
    }

    protected override void Seal() => Filling = null;

    protected override void Started(LoopbackSegment segment)
    {
        if (_oldest is null)
        {
            _oldest = segment;
            return;
        }

        LoopbackSegment last = _oldest;
        while (last.Next is not null)
        {
            last = last.Next;
        }

        last.Next = segment;
    }

    protected override void MessageWritten() => _deliver.Schedule();

    private DerCode Copy(RemoteMemory memory, long offsetBytes, byte* local, int lengthBytes, MemoryAccess access)
    {
        Context.Loop.Assert();
        if (!IsOpen || !_peer.IsOpen)
        {
            return DerCode.Unreachable;
        }

        byte* remote = _peer.Registrations.Resolve(memory.Key, (ulong)offsetBytes, (uint)lengthBytes, access);
        if (remote is null)
        {
            return DerCode.NoPerm;
        }

        bool read = access == MemoryAccess.RemoteRead;
        Buffer.MemoryCopy(read ? remote : local, read ? local : remote, lengthBytes, lengthBytes);
        return DerCode.Success;
    }

    private void Deliver()
    {
        TellAccepted();
        if (!IsOpen && !_closedTold)
        {
            _closedTold = true;
            TellClosed();
        }

        if (!DeliverMessages())
        {
            _deliver.Schedule();
            return;
        }

        if (!IsOpen && !_peerTold)
        {
            _peerTold = true;
            DropRest();
            _peer.Close(DerCode.Unreachable);
        }

        TellWritable();
    }

    // False when the budget ended before the messages did.
    private bool DeliverMessages()
    {
        ITransportHandler handler = _peer.Context.Handler;
        int budget = Limits.LoopbackDeliveriesPerItem;
        while (_oldest is { } segment)
        {
            while (segment.ReadBytes < segment.UsedBytes)
            {
                if (!_peer.IsOpen)
                {
                    Drop();
                    return true;
                }

                if (budget-- == 0)
                {
                    return false;
                }

                _peer.TellAccepted();
                byte* record = segment.Address + segment.ReadBytes;
                int lengthBytes = (int)*(long*)record;
                int recordBytes = LoopbackSegment.RecordBytes(lengthBytes);
                segment.ReadBytes += recordBytes;
                Consumed(recordBytes);
                var message = new InboundMessage(record + LoopbackSegment.RecordHeaderBytes, lengthBytes, segment);
                handler.OnMessage(_peer, message);
                if (!ReferenceEquals(_oldest, segment))
                {
                    return true;
                }
            }

            if (ReferenceEquals(segment, Filling))
            {
                if (segment.Holders > 1)
                {
                    return true;
                }

                // Nobody keeps a message of it. An idle connection holds no memory, and the pool hands out first what came back last.
                Filling = null;
            }

            _oldest = segment.Next;
            segment.Next = null;
            segment.Release();
        }

        return true;
    }

    private void DropRest()
    {
        if (_oldest is not null)
        {
            Drop();
        }
    }

    private void Drop()
    {
        Filling = null;
        while (_oldest is { } segment)
        {
            _oldest = segment.Next;
            segment.Next = null;
            Consumed(segment.UsedBytes - segment.ReadBytes);
            segment.Release();
        }
    }

    private sealed class DeliverItem(DirectConnection connection) : WorkItem
    {
        private bool _scheduled;

        internal void Schedule()
        {
            if (!_scheduled)
            {
                _scheduled = true;
                connection.Context.Loop.Schedule(this);
            }
        }

        protected override void Execute()
        {
            _scheduled = false;
            connection.Deliver();
        }
    }
}
