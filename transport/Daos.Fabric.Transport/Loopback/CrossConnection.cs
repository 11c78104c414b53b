namespace Daos.Fabric.Transport.Loopback;

/// <summary>
/// One end of a connection between two owner threads of the process. What a turn wrote is handed over as whole segments through the
/// other's inbox; the segment comes back the same way once nobody holds a message of it, which also gives its room back. Owned by its
/// context's owner thread; the other end is only named in items posted there.
/// </summary>
internal sealed unsafe class CrossConnection : LoopbackConnection
{
    private readonly LoopbackOutbox _outbox;
    private readonly LocalEnd _localEnd;
    private readonly PeerEnd _peerEnd;
    private bool _dirty;

    internal CrossConnection(LoopbackContext context, OwnerLoop peerLoop, string peerName, bool accepted)
        : base(context, peerName, accepted)
    {
        _outbox = context.OutboxTo(peerLoop);
        _localEnd = new LocalEnd(this);
        _peerEnd = new PeerEnd(this);
    }

    /// <summary>The way to the other end.</summary>
    internal LoopbackOutbox Outbox => _outbox;

    /// <summary>The other end; only posted items on its owner thread may touch it.</summary>
    internal CrossConnection Other { get; set; } = null!;

    protected override bool IsPathStuck => _outbox.IsStuck;

    /// <inheritdoc/>
    public override ValueTask<DerCode> ReadRemoteAsync(RemoteMemory memory, long offsetBytes, byte* destination, int lengthBytes) =>
        Copy(memory, offsetBytes, destination, lengthBytes, MemoryAccess.RemoteRead);

    /// <inheritdoc/>
    public override ValueTask<DerCode> WriteRemoteAsync(RemoteMemory memory, long offsetBytes, byte* source, int lengthBytes) =>
        Copy(memory, offsetBytes, source, lengthBytes, MemoryAccess.RemoteWrite);

    /// <inheritdoc/>
    public override void Close(DerCode reason)
    {
        Context.Loop.Assert();
        if (!MarkClosed(reason))
        {
            return;
        }

        Seal();
        _outbox.Post(_peerEnd);
        Context.Loop.Schedule(_localEnd);
    }

    /// <summary>Learns the other end, before any item of it; runs on this end's owner thread.</summary>
    internal void Join(CrossConnection other)
    {
        Other = other;
        if (IsOpen)
        {
            TellAccepted();
            return;
        }

        // This end's context closed in between.
        _outbox.Post(new PeerEnd(this));
    }

    /// <summary>Reads a segment in place; runs on this end's owner thread.</summary>
    internal void Receive(LoopbackSegment segment)
    {
        segment.ReturnPath = _outbox;
        TellAccepted();
        while (segment.ReadBytes < segment.UsedBytes && IsOpen)
        {
            byte* record = segment.Address + segment.ReadBytes;
            int lengthBytes = (int)*(long*)record;
            segment.ReadBytes += LoopbackSegment.RecordBytes(lengthBytes);
            Context.Handler.OnMessage(this, new InboundMessage(record + LoopbackSegment.RecordHeaderBytes, lengthBytes, segment));
        }

        segment.Release();
    }

    /// <summary>A segment that this end sent was read and released.</summary>
    internal void SegmentCameBack(LoopbackSegment segment)
    {
        Consumed(segment.UsedBytes);
        TellWritable();
    }

    /// <summary>Hands over what the turn wrote.</summary>
    internal void Flush()
    {
        _dirty = false;
        Seal();
    }

    internal override void Abandon()
    {
        if (MarkClosed(DerCode.Shutdown) && Other is not null)
        {
            Seal();
            _outbox.Post(_peerEnd);
        }
    }

    protected override void Seal()
    {
        if (Filling is { } segment)
        {
            Filling = null;
            _outbox.Post(segment.Handover);
        }
    }

    protected override void Started(LoopbackSegment segment)
    {
    }

    protected override void MessageWritten()
    {
        if (!_dirty)
        {
            _dirty = true;
            Context.MarkDirty(this);
        }
    }

    private ValueTask<DerCode> Copy(RemoteMemory memory, long offsetBytes, byte* local, int lengthBytes, MemoryAccess access)
    {
        Context.Loop.Assert();
        if (!IsOpen)
        {
            return new(DerCode.Unreachable);
        }

        // What was sent before the copy is seen before it.
        Seal();
        return CrossCopy.Start(this, _outbox, memory, offsetBytes, local, lengthBytes, access);
    }

    private sealed class LocalEnd(CrossConnection connection) : WorkItem
    {
        protected override void Execute() => connection.TellClosed();
    }

    private sealed class PeerEnd(CrossConnection connection) : WorkItem
    {
        protected override void Execute() => connection.Other.Close(DerCode.Unreachable);
    }
}
