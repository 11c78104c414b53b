namespace Daos.Fabric.Transport.Sockets.Framing;

/// <summary>
/// The 16 bytes before each frame, little-endian. Frames begin at multiples of 8 in the stream; the payload is padded to 8.
/// <code>
///  0      4      5      6         8           12         16
///  +------+------+------+---------+-----------+----------+
///  |length| kind | flags| zero    | crc32c    | argument | payload ...
///  +------+------+------+---------+-----------+----------+
/// </code>
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct FrameHeaderWire
{
    /// <summary>Size on the wire.</summary>
    internal const int SizeBytes = 16;

    /// <summary>Bytes after the header, without padding.</summary>
    internal uint Length;

    /// <summary>What it is.</summary>
    internal FrameKind Kind;

    /// <summary>Flags of the kind.</summary>
    internal FrameFlags Flags;

    /// <summary>Zero.</summary>
    internal ushort Reserved;

    /// <summary>CRC-32C of the header with this field zero, followed by the inline payload.</summary>
    internal uint Crc;

    /// <summary>The transfer's number, the code of a goodbye, else zero.</summary>
    internal uint Argument;
}
