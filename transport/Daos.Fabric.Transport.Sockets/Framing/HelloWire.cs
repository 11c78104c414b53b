namespace Daos.Fabric.Transport.Sockets.Framing;

/// <summary>
/// Payload of a hello frame, 40 bytes; with <see cref="LetsCopy"/> a probe follows.
/// <code>
///  0       4         6         8          16             24            28            32     40
///  +-------+---------+---------+----------+--------------+-------------+-------------+------+
///  | magic | ver min | ver max | features | connection   | message max | chunk max   | zero |
///  +-------+---------+---------+----------+--------------+-------------+-------------+------+
/// </code>
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct HelloWire
{
    /// <summary>Size on the wire.</summary>
    internal const int SizeBytes = 40;

    /// <summary>A newer version's hello may be longer, up to this.</summary>
    internal const int SizeMaxBytes = 256;

    /// <summary>The letters DFT and a zero byte that no text protocol sends.</summary>
    internal const uint MagicValue = 0x00544644;

    /// <summary>The wire version that this code speaks.</summary>
    internal const ushort Version = 1;

    /// <summary>Feature bit: the sender answers pings.</summary>
    internal const ulong AnswersPings = 1;

    /// <summary>Feature bit: a <see cref="HelloProbeWire"/> follows, and the peer may copy out of the sender's process.</summary>
    internal const ulong LetsCopy = 2;

    /// <summary><see cref="MagicValue"/>.</summary>
    internal uint Magic;

    /// <summary>Oldest version that the sender speaks.</summary>
    internal ushort VersionMin;

    /// <summary>Newest version that the sender speaks; the connection uses the newest common one.</summary>
    internal ushort VersionMax;

    /// <summary>What the sender can do beyond the version; unknown bits are ignored.</summary>
    internal ulong Features;

    /// <summary>Random; names the connection in logs of both sides.</summary>
    internal ulong ConnectionId;

    /// <summary>The largest message that the sender accepts, in bytes.</summary>
    internal uint MessageBytesMax;

    /// <summary>The largest bulk chunk that the sender accepts, in bytes.</summary>
    internal uint ChunkBytesMax;

    /// <summary>Zero.</summary>
    internal ulong Reserved;
}
