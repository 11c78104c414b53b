namespace Daos.Fabric.Transport.Ofi.Wire;

/// <summary>Head of a record in a packet; its payload follows, padded to 8 bytes. Little-endian, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct RecordWire
{
    internal const int SizeBytes = 8;

    public uint LengthBytes;
    public RecordKind Kind;
    public ushort Reserved;

    /// <summary>Bytes of a record with so much payload.</summary>
    internal static int RecordBytes(int payloadBytes) => SizeBytes + ((payloadBytes + 7) & ~7);
}

/// <summary>Kinds of records.</summary>
internal enum RecordKind : ushort
{
    /// <summary>Invalid.</summary>
    None = 0,

    /// <summary>A message of the layer above.</summary>
    Message = 1,

    /// <summary>Asks for the use of registered memory: <see cref="KeyWire"/>.</summary>
    Lease = 2,

    /// <summary>Answers it: <see cref="GrantWire"/>.</summary>
    Grant = 3,

    /// <summary>The lease is given back, no transfer uses it any more: <see cref="KeyWire"/>.</summary>
    Return = 4,

    /// <summary>Asks for it back: <see cref="KeyWire"/>.</summary>
    Revoke = 5,

    /// <summary>The sender closes; the payload is the code (8 bytes).</summary>
    Goodbye = 6,

    /// <summary>The next part of a message that is longer than a packet; its last part is a <see cref="Message"/>.</summary>
    Part = 7,
}
