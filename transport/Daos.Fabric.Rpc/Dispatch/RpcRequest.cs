using Daos.Fabric.Core.Faults;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Dispatch;

/// <summary>
/// One request being handled. Owned by the context's loop; valid until the task of its handler ends.
/// </summary>
public sealed unsafe partial class RpcRequest : WorkItem
{
    private RpcSession? _session;
    private ModificationInfo _modification;
    private RpcHeaderWire* _reply;
    private int _replyRoomBytes;
    private ReplyState _replyState;
    private bool _isStaging;
    private bool _isLargeReply;

    internal RpcRequest(RpcContext context)
    {
        Context = context;
        _finish = HandlerEnded;
    }

    private enum ReplyState : byte
    {
        None,
        Begun,
        Staged,
        Sent,
    }

    /// <summary>The context that received it.</summary>
    public RpcContext Context { get; }

    /// <summary>What is asked for.</summary>
    public RpcOpcode Opcode { get; private set; }

    /// <summary>Flags of the header.</summary>
    public RpcFlags Flags { get; private set; }

    /// <summary>The sender's rank; <see cref="Rank.None"/> for a client.</summary>
    public Rank Source { get; private set; }

    /// <summary>The clock value that it carried; merged already.</summary>
    public ulong Hlc { get; private set; }

    /// <summary>When nobody waits any more, on the loop's monotonic clock; <see cref="long.MaxValue"/> for never.</summary>
    public long DeadlineNs { get; private set; }

    /// <summary>The tag meant.</summary>
    public ushort Tag { get; private set; }

    /// <summary>The sender's pool map version; 0 where it means nothing.</summary>
    public uint MapVersion { get; private set; }

    /// <summary>The connection that it came over.</summary>
    public TransportConnection Connection => _session!.Connection;

    /// <summary>The deadline has passed.</summary>
    public bool IsExpired => Context.Loop.NowNs >= DeadlineNs;

    /// <summary>The sender cancelled or went away: nobody waits for the reply, exposed memory is gone.</summary>
    public bool IsCanceled { get; private set; }

    /// <summary>The sender sent it before.</summary>
    public bool IsResend => (Flags & RpcFlags.Resend) != 0 || _modification.IsResend;

    /// <summary>No reply is expected and none may be given.</summary>
    public bool IsOneWay => (Flags & RpcFlags.OneWay) != 0;

    /// <summary>First byte of the payload; 8-byte aligned.</summary>
    public byte* PayloadAddress { get; private set; }

    /// <summary>Length of the payload.</summary>
    public int PayloadBytes { get; private set; }

    /// <summary>The payload as it lies in the receive segment.</summary>
    public ReadOnlySpan<byte> Payload => new(PayloadAddress, PayloadBytes);

    /// <summary>It waits for its turn: its handler has not run.</summary>
    public bool IsQueued { get; private set; }

    /// <summary>True when <see cref="Modification"/> is set.</summary>
    public bool IsModification => (Flags & RpcFlags.Modification) != 0;

    /// <summary>Identifies the modification; the default value when <see cref="IsModification"/> is false.</summary>
    public ref readonly ModificationInfo Modification => ref _modification;

    /// <summary>A reply was sent.</summary>
    public bool IsReplied => _replyState is ReplyState.Sent or ReplyState.Staged;

    internal ulong RpcId { get; private set; }

    /// <summary>What the context keeps of the connection.</summary>
    internal RpcSession Session => _session!;

    internal RpcRequest? NextOfSession { get; set; }

    internal RpcRequest? PreviousOfSession { get; set; }

    /// <summary>
    /// Reads the sender's memory into local native memory. DER_UNREACH, DER_NO_PERM, DER_CSUM, DER_CANCELED. The local memory belongs to
    /// the transport until it completes.
    /// </summary>
    public ValueTask<DerCode> PullAsync(RemoteMemory memory, long offsetBytes, byte* destination, int lengthBytes) =>
        IsCanceled ? new(DerCode.Canceled) : Connection.ReadRemoteAsync(memory, offsetBytes, destination, lengthBytes);

    /// <summary>Writes local native memory into the sender's memory, ordered before the reply. Codes as for <see cref="PullAsync"/>.</summary>
    public ValueTask<DerCode> PushAsync(RemoteMemory memory, long offsetBytes, byte* source, int lengthBytes) =>
        IsCanceled ? new(DerCode.Canceled) : Connection.WriteRemoteAsync(memory, offsetBytes, source, lengthBytes);

    /// <summary>
    /// Room for the reply's payload in the outgoing stream: fill it and call <see cref="EndReply"/>, with no await in between. A reply that
    /// does not fit a message (<see cref="ReplyBytesMax"/>) leaves when the handler's task has ended.
    /// </summary>
    /// <exception cref="InvalidOperationException">The request was replied to already, or expects no reply.</exception>
    public Span<byte> BeginReply(int maxBytes)
    {
        Context.Loop.Assert();
        if (_replyState != ReplyState.None || IsOneWay)
        {
            ThrowSecondReply();
        }

        return maxBytes <= InlineReplyBytesMax ? BeginReplyMessage(maxBytes) : BeginStagedReply(maxBytes);
    }

    /// <summary>Sends the reply begun.</summary>
    public void EndReply(int lengthBytes, DerCode code)
    {
        Invariant.Check(_replyState == ReplyState.Begun);
        Invariant.Check((uint)lengthBytes <= (uint)_replyRoomBytes);
        if (_isStaging)
        {
            EndStagedReply(lengthBytes, code);
            return;
        }

        _replyState = ReplyState.Sent;
        if (_reply is null)
        {
            return;
        }

        Context.Dispatcher.WriteReplyHeader(_reply, Opcode.Value, RpcId, Tag, code, lengthBytes, _isLargeReply ? RpcFlags.Large : RpcFlags.None);
        _reply = null;
        Context.Statistics.RepliesSent++;
        Connection.EndMessage(RpcHeaderWire.SizeBytes + lengthBytes);
    }

    /// <summary>Sends a reply without payload.</summary>
    public void Reply(DerCode code)
    {
        BeginReply(0);
        EndReply(0, code);
    }

    private Span<byte> BeginReplyMessage(int maxBytes)
    {
        _replyState = ReplyState.Begun;
        _replyRoomBytes = maxBytes;
        int messageBytes = RpcHeaderWire.SizeBytes + maxBytes;
        if (IsCanceled || FaultRegistry.Fires(Context.Options.Faults, FaultPoint.RpcReplyDropped))
        {
            _reply = null;
            return Context.Discard(messageBytes)[RpcHeaderWire.SizeBytes..];
        }

        Span<byte> room = Connection.BeginMessage(messageBytes);
        _reply = (RpcHeaderWire*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(room));
        return room[RpcHeaderWire.SizeBytes..];
    }

    private void ThrowSecondReply() =>
        throw new InvalidOperationException(IsOneWay ? $"{Opcode} is one-way and has no reply" : $"{Opcode} was replied to already");
}
