using System.Buffers.Binary;

namespace Daos.Fabric.Protocol.Drpc;

/// <summary>
/// What stands before the data of each packet, in the machine's byte order, which is little-endian wherever this runs. A value.
/// <code>
///  0               8              16       20       24
///  | total data    | data here    | index  | chunks | data
///  |   8 bytes     |   8 bytes    | 4      | 4      |
/// </code>
/// </summary>
/// <param name="TotalBytes">Bytes of the whole message.</param>
/// <param name="DataBytes">Bytes of it in this packet.</param>
/// <param name="Index">The packet's place, from 0.</param>
/// <param name="Chunks">Packets of the message; an empty one has one.</param>
public readonly record struct DrpcChunkHeader(ulong TotalBytes, ulong DataBytes, uint Index, uint Chunks)
{
    /// <summary>Packets of a message of so many bytes.</summary>
    public static int CountOf(int messageBytes) => Math.Max(1, (messageBytes + DrpcLimits.ChunkDataMax - 1) / DrpcLimits.ChunkDataMax);

    /// <summary>The header of one packet of a message.</summary>
    public static DrpcChunkHeader Of(int messageBytes, int index)
    {
        int rest = messageBytes - (index * DrpcLimits.ChunkDataMax);
        return new DrpcChunkHeader((ulong)messageBytes, (ulong)Math.Min(rest, DrpcLimits.ChunkDataMax), (uint)index, (uint)CountOf(messageBytes));
    }

    /// <summary>Writes the packet with this place of a message, and gives its length.</summary>
    public static int WritePacket(ReadOnlySpan<byte> message, int index, Span<byte> packet)
    {
        DrpcChunkHeader header = Of(message.Length, index);
        header.Write(packet);
        message.Slice(index * DrpcLimits.ChunkDataMax, (int)header.DataBytes).CopyTo(packet[DrpcLimits.HeaderBytes..]);
        return DrpcLimits.HeaderBytes + (int)header.DataBytes;
    }

    /// <summary>Writes <see cref="DrpcLimits.HeaderBytes"/>.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, TotalBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], DataBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], Index);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], Chunks);
    }

    /// <summary>Reads what may be anything; the caller has looked that there are <see cref="DrpcLimits.HeaderBytes"/>.</summary>
    public static DrpcChunkHeader Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(source),
        BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[16..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[20..]));
}
