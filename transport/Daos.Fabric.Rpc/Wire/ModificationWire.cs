using System.Buffers.Binary;

namespace Daos.Fabric.Rpc.Wire;

/// <summary><see cref="ModificationInfo"/> on the wire: 56 bytes, little-endian, the UUID big-endian.</summary>
/// <remarks>
/// <code>
///  0 | client id (16 bytes)                                          |
/// 16 | transaction hlc                                               |
/// 24 | sequence                                                      |
/// 32 | lowest unanswered sequence                                    |
/// 40 | epoch (0 on the first send)                                   |
/// 48 | map version                   | flags: bit 0 resend           |
/// </code>
/// </remarks>
public static class ModificationWire
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 56;

    /// <summary>Writes 56 bytes.</summary>
    public static void Write(Span<byte> destination, in ModificationInfo info)
    {
        info.ClientId.TryWriteBytes(destination[..16], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], info.TransactionHlc);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], info.Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[32..], info.LowestUnanswered);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[40..], info.Epoch.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[48..], info.MapVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[52..], info.Flags);
    }

    /// <summary>Reads 56 bytes; false when a field contradicts another or a flag is unknown.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out ModificationInfo info)
    {
        info = new ModificationInfo
        {
            ClientId = new Guid(source[..16], bigEndian: true),
            TransactionHlc = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            LowestUnanswered = BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            Epoch = new Epoch(BinaryPrimitives.ReadUInt64LittleEndian(source[40..])),
            MapVersion = BinaryPrimitives.ReadUInt32LittleEndian(source[48..]),
            Flags = BinaryPrimitives.ReadUInt32LittleEndian(source[52..]),
        };
        return (info.Flags & ~ModificationInfo.ResendFlag) == 0
            && info.Sequence != 0
            && info.LowestUnanswered <= info.Sequence
            && info.ClientId != Guid.Empty;
    }
}
