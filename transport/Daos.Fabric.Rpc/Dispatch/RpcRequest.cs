namespace Daos.Fabric.Rpc.Dispatch;

/// <summary>
/// One request being handled. Owned by the context's loop; valid until the task of its handler ends.
/// </summary>
public sealed unsafe class RpcRequest : WorkItem
{
    private readonly ModificationInfo _modification;

    internal RpcRequest(RpcContext context) => Context = context;

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
    public TransportConnection Connection => throw new NotImplementedException();

    /// <summary>The deadline has passed.</summary>
    public bool IsExpired => throw new NotImplementedException();

    /// <summary>The sender cancelled or went away: nobody waits for the reply, exposed memory is gone.</summary>
    public bool IsCanceled { get; private set; }

    /// <summary>The sender sent it before.</summary>
    public bool IsResend => (Flags & RpcFlags.Resend) != 0 || (IsModification && _modification.IsResend);

    /// <summary>First byte of the payload; 8-byte aligned.</summary>
    public byte* PayloadAddress { get; private set; }

    /// <summary>Length of the payload.</summary>
    public int PayloadBytes { get; private set; }

    /// <summary>The payload as it lies in the receive segment.</summary>
    public ReadOnlySpan<byte> Payload => new(PayloadAddress, PayloadBytes);

    /// <summary>True when <see cref="Modification"/> is set.</summary>
    public bool IsModification => (Flags & RpcFlags.Modification) != 0;

    /// <summary>Identifies the modification; the default value when <see cref="IsModification"/> is false.</summary>
    public ref readonly ModificationInfo Modification => ref _modification;

    /// <summary>Reads the sender's memory into local native memory. DER_UNREACH, DER_NO_PERM, DER_CSUM, DER_CANCELED.</summary>
    public ValueTask<DerCode> PullAsync(RemoteMemory memory, long offsetBytes, byte* destination, int lengthBytes) => throw new NotImplementedException();

    /// <summary>Writes local native memory into the sender's memory, ordered before the reply. Codes as for <see cref="PullAsync"/>.</summary>
    public ValueTask<DerCode> PushAsync(RemoteMemory memory, long offsetBytes, byte* source, int lengthBytes) => throw new NotImplementedException();

    /// <summary>Room for the reply's payload in the outgoing stream: fill it and call <see cref="EndReply"/>, with no await in between.</summary>
    public Span<byte> BeginReply(int maxBytes) => throw new NotImplementedException();

    /// <summary>Sends the reply begun.</summary>
    public void EndReply(int lengthBytes, DerCode code) => throw new NotImplementedException();

    /// <summary>Sends a reply without payload.</summary>
    public void Reply(DerCode code) => throw new NotImplementedException();

    /// <inheritdoc/>
    protected override void Execute() => throw new NotImplementedException();
}
