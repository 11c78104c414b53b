using Daos.Fabric.Core.Checksums;

namespace Daos.Fabric.Transport.Sockets.Framing;

/// <summary>Writes and checks frame headers in place. Any thread.</summary>
internal static unsafe class FrameCodec
{
    /// <summary>Bytes of a frame in the stream whose payload has this length.</summary>
    internal static int FrameBytes(int payloadBytes) => FrameHeaderWire.SizeBytes + Pad8(payloadBytes);

    /// <summary>The next multiple of 8.</summary>
    internal static int Pad8(int bytes) => (bytes + 7) & ~7;

    /// <summary>
    /// Fills the header before an inline payload that already stands behind it, zeroes the padding, and returns the frame's size.
    /// </summary>
    internal static int Seal(byte* frame, FrameKind kind, FrameFlags flags, uint argument, int payloadBytes)
    {
        int end = FrameHeaderWire.SizeBytes + payloadBytes;
        int padded = FrameHeaderWire.SizeBytes + Pad8(payloadBytes);
        for (int i = end; i < padded; i++)
        {
            frame[i] = 0;
        }

        SealBulk(frame, kind, flags, argument, payloadBytes, payloadBytes);
        return padded;
    }

    /// <summary>The same for a frame of which only the first <paramref name="inlineBytes"/> are covered: data follows on its own.</summary>
    internal static void SealBulk(byte* frame, FrameKind kind, FrameFlags flags, uint argument, int payloadBytes, int inlineBytes)
    {
        // The checksum reads words right after they are written. A processor hands a store on to a load that lies within it; a word of
        // several stores has to reach the cache first.
        ((ulong*)frame)[0] = (uint)payloadBytes | ((ulong)kind << 32) | ((ulong)flags << 40);
        ((ulong*)frame)[1] = (ulong)argument << 32;
        ((FrameHeaderWire*)frame)->Crc = Crc32C.Compute(new ReadOnlySpan<byte>(frame, FrameHeaderWire.SizeBytes + inlineBytes));
    }

    /// <summary>Checks a frame's checksum; zeroes the field in place, since the memory is ours.</summary>
    internal static bool Verify(byte* frame, int inlineBytes)
    {
        ref ulong crcAndArgument = ref ((ulong*)frame)[1];
        uint crc = (uint)crcAndArgument;
        crcAndArgument &= ~(ulong)uint.MaxValue;
        return Crc32C.Compute(new ReadOnlySpan<byte>(frame, FrameHeaderWire.SizeBytes + inlineBytes)) == crc;
    }
}
