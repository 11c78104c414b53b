namespace Daos.Fabric.Transport.Sockets.Framing;

/// <summary>What a piece of the outgoing stream is.</summary>
internal enum PieceKind : byte
{
    /// <summary>Whole frames in the stream's segments.</summary>
    Frames,

    /// <summary>A chunk's header or padding.</summary>
    Chunk,

    /// <summary>A chunk's data, in the memory of its source.</summary>
    Data,
}

/// <summary>A committed piece of the outgoing stream.</summary>
internal unsafe struct StreamPiece
{
    /// <summary>First byte not sent yet.</summary>
    internal byte* Address;

    /// <summary>Bytes not sent yet.</summary>
    internal int LengthBytes;

    /// <summary>What it is.</summary>
    internal PieceKind Kind;

    /// <summary>Whose data it is.</summary>
    internal BulkSource? Source;
}
