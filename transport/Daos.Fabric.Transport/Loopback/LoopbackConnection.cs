using Daos.Fabric.Transport.Memory;

namespace Daos.Fabric.Transport.Loopback;

/// <summary>What both kinds of loopback connection share: filling segments, registrations, limits. Owned by the context's owner thread.</summary>
internal abstract unsafe class LoopbackConnection : TransportConnection
{
    private readonly string _peerName;
    private bool _wantsWritable;
    private bool _acceptPending;

    /// <param name="context">The context it belongs to.</param>
    /// <param name="peerName">For logs.</param>
    /// <param name="accepted">True on the listening side, whose handler hears of the connection.</param>
    protected LoopbackConnection(LoopbackContext context, string peerName, bool accepted)
    {
        Context = context;
        _peerName = peerName;
        _acceptPending = accepted;
        Registrations = new RegistrationTable(context.Random);
    }

    /// <inheritdoc/>
    public override string PeerName => _peerName;

    /// <inheritdoc/>
    public override string Scheme => LoopbackProvider.Scheme;

    /// <inheritdoc/>
    public override bool IsOpen => CloseReason.IsSuccess;

    /// <inheritdoc/>
    public override bool CanSend
    {
        get
        {
            bool can = IsOpen && QueuedBytes < Context.Options.SendQueueBytesMax && !Context.IsShort && !IsPathStuck;
            _wantsWritable |= !can;
            return can;
        }
    }

    internal LoopbackContext Context { get; }

    internal RegistrationTable Registrations { get; }

    /// <summary>Position in the context's list.</summary>
    internal int Index { get; set; }

    /// <summary>Why it ended; success while open.</summary>
    protected DerCode CloseReason { get; set; }

    /// <summary>Bytes written and not yet taken by the peer.</summary>
    protected long QueuedBytes { get; set; }

    /// <summary>The segment that messages are appended to.</summary>
    protected LoopbackSegment? Filling { get; set; }

    /// <summary>True while the way to the peer is blocked.</summary>
    protected abstract bool IsPathStuck { get; }

    /// <inheritdoc/>
    public override Span<byte> BeginMessage(int maxBytes)
    {
        Context.Loop.Assert();
        Invariant.Check((uint)maxBytes <= (uint)Context.Options.MessageBytesMax);
        int recordBytes = LoopbackSegment.RecordBytes(maxBytes);
        LoopbackSegment? segment = Filling;
        if (!IsOpen || ((segment is null || Context.SegmentBytes - segment.UsedBytes < recordBytes) && (segment = Turn()) is null))
        {
            return Context.Scratch(maxBytes);
        }

        return new Span<byte>(segment.Address + segment.UsedBytes + LoopbackSegment.RecordHeaderBytes, maxBytes);
    }

    /// <inheritdoc/>
    public override void EndMessage(int lengthBytes)
    {
        if (!IsOpen)
        {
            return;
        }

        LoopbackSegment segment = Filling!;
        int recordBytes = LoopbackSegment.RecordBytes(lengthBytes);
        Invariant.Check(recordBytes <= Context.SegmentBytes - segment.UsedBytes);
        *(long*)(segment.Address + segment.UsedBytes) = lengthBytes;
        segment.UsedBytes += recordBytes;
        QueuedBytes += recordBytes;
        if (QueuedBytes > (long)Context.Options.SendQueueBytesMax * Limits.SendQueueHardFactor)
        {
            Close(DerCode.Dos);
            return;
        }

        MessageWritten();
    }

    /// <summary>Tells the handler, once, that this connection was accepted.</summary>
    internal void TellAccepted()
    {
        if (_acceptPending)
        {
            _acceptPending = false;
            Context.Handler.OnAccepted(this);
        }
    }

    /// <summary>Tells the handler that there is room again, when it was refused before.</summary>
    internal void TellWritable()
    {
        if (_wantsWritable && IsOpen && QueuedBytes <= Context.Options.SendQueueBytesMax / 2 && CanSend)
        {
            _wantsWritable = false;
            Context.Handler.OnWritable(this);
        }
    }

    /// <summary>The peer gave room back.</summary>
    internal void Consumed(int bytes) => QueuedBytes -= bytes;

    /// <summary>Ends the connection at the context's end; the handler is not told.</summary>
    internal abstract void Abandon();

    /// <summary>The handler will not hear of the connection any more.</summary>
    protected void ForgetAccept() => _acceptPending = false;

    /// <summary>Makes this side closed and revokes its memory; false when it was closed before.</summary>
    protected bool MarkClosed(DerCode reason)
    {
        Debug.Assert(reason.IsError, "a connection ends for a reason");
        if (!IsOpen)
        {
            return false;
        }

        CloseReason = reason;
        Registrations.Clear();
        return true;
    }

    /// <summary>Tells the handler of the end and forgets the connection.</summary>
    protected void TellClosed()
    {
        TellAccepted();
        Context.Forget(this);
        Context.Handler.OnClosed(this, CloseReason);
    }

    /// <summary>Hands the full segment on.</summary>
    protected abstract void Seal();

    /// <summary>Sees to it that the message reaches the peer.</summary>
    protected abstract void MessageWritten();

    /// <summary>A fresh segment was put into <see cref="Filling"/>.</summary>
    protected abstract void Started(LoopbackSegment segment);

    private LoopbackSegment? Turn()
    {
        if (Filling is not null)
        {
            Seal();
        }

        LoopbackSegment? segment = Context.Rent(this);
        if (segment is null)
        {
            Close(DerCode.NoMemory);
            return null;
        }

        Filling = segment;
        Started(segment);
        return segment;
    }
}
