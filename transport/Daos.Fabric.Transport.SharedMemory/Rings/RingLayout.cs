using System.Numerics;

namespace Daos.Fabric.Transport.SharedMemory.Rings;

/// <summary>
/// Where things lie in a connection's segment, and how a frame's header packs into 8 bytes. Side 0 connected, side 1 accepted; ring 0
/// carries what side 0 sends.
/// <code>
///     0  doorbell flags of side 0 (u32)        each on a pair of lines of its own
///   128  doorbell flags of side 1 (u32)
///   256  head of ring 0 (u64), written by side 1
///   384  head of ring 1 (u64), written by side 0
///  4096  lines of ring 0, then lines of ring 1
/// </code>
/// </summary>
internal static unsafe class RingLayout
{
    /// <summary>A cache line, in bytes.</summary>
    internal const int LineBytes = 64;

    /// <summary>The header of a frame, in bytes; the payload follows at once.</summary>
    internal const int HeaderBytes = 8;

    /// <summary>Payload that fits into one line, in bytes.</summary>
    internal const int LinePayloadBytes = LineBytes - HeaderBytes;

    /// <summary>Bytes before the lines.</summary>
    internal const int ControlBytes = 4096;

    /// <summary>A doorbell flag: its side wants to be woken for a frame.</summary>
    internal const uint WantsFrames = 1;

    /// <summary>A doorbell flag: its side wants to be woken for room, too.</summary>
    internal const uint WantsRoom = 2;

    /// <summary>Lines of each ring for messages of up to a size.</summary>
    internal static int LinesFor(int messageBytesMax) =>
        (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(Limits.RingLinesMin, Limits.MessagesPerRing * LinesOf(messageBytesMax)));

    /// <summary>True for a number of lines that a peer may choose.</summary>
    internal static bool IsValid(uint lines, int messageBytesMax) =>
        BitOperations.IsPow2(lines) && lines <= Limits.RingLinesMax && lines >= (uint)LinesFor(messageBytesMax);

    /// <summary>Size of the whole segment.</summary>
    internal static long SegmentBytes(int lines) => ControlBytes + (2L * lines * LineBytes);

    /// <summary>Lines that a frame takes.</summary>
    internal static int LinesOf(int payloadBytes) => (payloadBytes + HeaderBytes + LineBytes - 1) / LineBytes;

    internal static uint* FlagsOf(byte* segment, int side) => (uint*)(segment + (side * 128));

    internal static ulong* HeadOf(byte* segment, int ring) => (ulong*)(segment + 256 + (ring * 128));

    internal static byte* LinesOf(byte* segment, int ring, int lines) => segment + ControlBytes + ((long)ring * lines * LineBytes);

    /// <summary>The header of the frame that begins at a position: sequence in the low half, then 24 bits of length, then the kind.</summary>
    internal static ulong Pack(FrameKind kind, int payloadBytes, ulong position) =>
        ((ulong)kind << 56) | ((ulong)(uint)payloadBytes << 32) | (uint)(position + 1);

    internal static bool IsPublished(ulong header, ulong position) => (uint)header == (uint)(position + 1) && header >> 56 != 0;

    internal static FrameKind KindOf(ulong header) => (FrameKind)(header >> 56);

    internal static int LengthOf(ulong header) => (int)((header >> 32) & 0xFF_FFFF);
}
