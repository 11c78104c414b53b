namespace Daos.Fabric.Rpc.Wire;

/// <summary>
/// The header of every message, 64 bytes, little-endian, right after the transport's frame header (see WIRE.md).
/// </summary>
/// <remarks>
/// <code>
///      0       1       2       3       4       5       6       7
///  0 | opcode                        | flags         | version | 0   |
///  8 | rpc id: generation (48 bits), slot (16 bits)                  |
/// 16 | hlc                                                           |
/// 24 | source rank                   | destination rank              |
/// 32 | tag           | 0             | deadline ms, in replies: code |
/// 40 | payload bytes                 | map version                   |
/// 48 | retry after ms (overload)     | 0                             |
/// 56 | queue ticket (overload)                                       |
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct RpcHeaderWire
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 64;

    /// <summary>The version of this layout.</summary>
    public const byte CurrentVersion = 2;

    /// <summary>Every flag of this version.</summary>
    public const RpcFlags KnownFlags = RpcFlags.OneWay | RpcFlags.Resend | RpcFlags.Modification | RpcFlags.Reply
        | RpcFlags.Queued | RpcFlags.Large;

    /// <summary>Module, version and index; a reply repeats the request's.</summary>
    [FieldOffset(0)]
    public uint Opcode;

    /// <summary><see cref="RpcFlags"/>.</summary>
    [FieldOffset(4)]
    public ushort Flags;

    /// <summary><see cref="CurrentVersion"/>.</summary>
    [FieldOffset(6)]
    public byte Version;

    /// <summary>Zero.</summary>
    [FieldOffset(7)]
    public byte Reserved0;

    /// <summary>The caller's slot (low 16 bits) and its generation; a reply repeats it. Not zero.</summary>
    [FieldOffset(8)]
    public ulong RpcId;

    /// <summary>An engine's clock, or the highest value that a client heard.</summary>
    [FieldOffset(16)]
    public ulong Hlc;

    /// <summary>The sender's rank; <see cref="Rank.None"/> from a client.</summary>
    [FieldOffset(24)]
    public uint SourceRank;

    /// <summary>The rank meant; <see cref="Rank.None"/> for whoever listens there.</summary>
    [FieldOffset(28)]
    public uint DestinationRank;

    /// <summary>The tag meant.</summary>
    [FieldOffset(32)]
    public ushort Tag;

    /// <summary>Zero.</summary>
    [FieldOffset(34)]
    public ushort Reserved1;

    /// <summary>In requests: ms from the sending until nobody waits any more, 0 for never. In replies: the DER_ code.</summary>
    [FieldOffset(36)]
    public int DeadlineMsOrCode;

    /// <summary>Bytes after header and modification info.</summary>
    [FieldOffset(40)]
    public uint PayloadBytes;

    /// <summary>Version of the pool map that the sender works by; 0 where it means nothing.</summary>
    [FieldOffset(44)]
    public uint MapVersion;

    /// <summary>In replies with DER_OVERLOAD_RETRY: a hint when to try again, in ms. Otherwise zero.</summary>
    [FieldOffset(48)]
    public uint RetryAfterMs;

    /// <summary>Zero.</summary>
    [FieldOffset(52)]
    public uint Reserved2;

    /// <summary>
    /// In replies with DER_OVERLOAD_RETRY: names the place that is kept for the request, 0 for none. In requests with
    /// <see cref="RpcFlags.Queued"/>: that place. Otherwise zero.
    /// </summary>
    [FieldOffset(56)]
    public ulong QueueTicket;

    /// <summary>Bytes before the payload.</summary>
    public readonly int HeadBytes => SizeBytes + ((Flags & (ushort)RpcFlags.Modification) != 0 ? ModificationWire.SizeBytes : 0);

    /// <summary>
    /// Checks everything that a header alone can tell, before anything is reserved for the message: size, version, flags and their
    /// combination, reserved bytes, identifier, deadline.
    /// </summary>
    /// <param name="messageBytes">Length of the message that the transport delivered; at least <see cref="SizeBytes"/>.</param>
    public readonly bool IsWellFormed(int messageBytes)
    {
        bool isReply = (Flags & (ushort)RpcFlags.Reply) != 0;
        return Version == CurrentVersion
            && ((RpcFlags)Flags & ~KnownFlags) == 0
            && ((uint)Reserved0 | Reserved1 | Reserved2) == 0
            && RpcId != 0
            && messageBytes >= HeadBytes
            && PayloadBytes == (uint)(messageBytes - HeadBytes)
            && (isReply
                ? ((RpcFlags)Flags & ~RpcFlags.Large) == RpcFlags.Reply && DeadlineMsOrCode <= 0
                    && (DeadlineMsOrCode == DerCode.OverloadRetry.Value || (RetryAfterMs == 0 && QueueTicket == 0))
                : (uint)DeadlineMsOrCode <= RpcLimits.DeadlineMsMax && RetryAfterMs == 0
                    && (QueueTicket != 0) == ((Flags & (ushort)RpcFlags.Queued) != 0));
    }
}
