namespace Daos.Fabric.Transport.Sockets.Framing;

/// <summary>Payload of a read request, 24 bytes. The header's argument numbers the transfer.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct ReadRequestWire
{
    /// <summary>Size on the wire.</summary>
    internal const int SizeBytes = 24;

    /// <summary>Key of the registered memory.</summary>
    internal ulong Key;

    /// <summary>First byte wanted.</summary>
    internal ulong OffsetBytes;

    /// <summary>Bytes wanted, below 2 GiB.</summary>
    internal ulong LengthBytes;
}

/// <summary>Before the data of a read's chunk, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct ReadDataWire
{
    /// <summary>Size on the wire.</summary>
    internal const int SizeBytes = 16;

    /// <summary>Where the chunk lies in the transfer; chunks come in order.</summary>
    internal uint PositionBytes;

    /// <summary>Bytes of data that follow.</summary>
    internal uint DataBytes;

    /// <summary>Zero.</summary>
    internal ulong Reserved;
}

/// <summary>Before the data of a write's chunk, 32 bytes. Each chunk names all of its transfer, so that it is checked on its own.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct WriteChunkWire
{
    /// <summary>Size on the wire.</summary>
    internal const int SizeBytes = 32;

    /// <summary>Key of the registered memory.</summary>
    internal ulong Key;

    /// <summary>Where the transfer begins in that memory.</summary>
    internal ulong OffsetBytes;

    /// <summary>Bytes of the whole transfer, below 2 GiB.</summary>
    internal uint TransferBytes;

    /// <summary>Where the chunk lies in the transfer.</summary>
    internal uint PositionBytes;

    /// <summary>Bytes of data that follow.</summary>
    internal uint DataBytes;

    /// <summary>Zero.</summary>
    internal uint Reserved;
}

/// <summary>Payload of a transfer's end, 8 bytes. The header's argument numbers the transfer.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct TransferEndWire
{
    /// <summary>Size on the wire.</summary>
    internal const int SizeBytes = 8;

    /// <summary>The outcome: zero, or a negative DER_ code.</summary>
    internal int Code;

    /// <summary>Zero.</summary>
    internal uint Reserved;
}

/// <summary>
/// After the data of a chunk and its padding, 8 bytes. It comes last so that a chunk on its way can still be declared void when its
/// memory is revoked.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct ChunkTailWire
{
    /// <summary>Size on the wire.</summary>
    internal const int SizeBytes = 8;

    /// <summary>Zero, or the negative DER_ code for which the data is void; the transfer's end follows.</summary>
    internal int Status;

    /// <summary>CRC-32C of the data (when the flag says so and the status is zero) followed by the status.</summary>
    internal uint Crc;
}
