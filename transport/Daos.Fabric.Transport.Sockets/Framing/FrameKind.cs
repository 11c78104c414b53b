namespace Daos.Fabric.Transport.Sockets.Framing;

/// <summary>What a frame is (WIRE.md).</summary>
internal enum FrameKind : byte
{
    /// <summary>Never sent, so that zeroed memory is no frame.</summary>
    None = 0,

    /// <summary>First frame in each direction: magic, versions, features, limits.</summary>
    Hello = 1,

    /// <summary>Last frame: why the sender ends the connection.</summary>
    Goodbye = 2,

    /// <summary>A message of the layer above.</summary>
    Message = 3,

    /// <summary>Asks for a range of registered memory.</summary>
    ReadRequest = 4,

    /// <summary>A chunk of what was asked for.</summary>
    ReadData = 5,

    /// <summary>A chunk to be written into registered memory.</summary>
    WriteChunk = 6,

    /// <summary>The outcome of a write, or the refusal of a read.</summary>
    TransferEnd = 7,

    /// <summary>Asks whether the peer is there, or answers that.</summary>
    Ping = 8,

    /// <summary>Asks the peer to copy a write's bytes out of the sender's process.</summary>
    CopyRequest = 9,

    /// <summary>Asks where registered memory stands in the peer's process, in order to copy out of it.</summary>
    AddressRequest = 10,

    /// <summary>The answer to that.</summary>
    Address = 11,

    /// <summary>The bytes at that address were copied: were they still the peer's to give?</summary>
    Copied = 12,
}
