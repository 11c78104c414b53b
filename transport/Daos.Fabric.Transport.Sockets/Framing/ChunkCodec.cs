using Daos.Fabric.Core.Checksums;

namespace Daos.Fabric.Transport.Sockets.Framing;

/// <summary>Writes what stands before and after a bulk chunk's data. Any thread.</summary>
internal static unsafe class ChunkCodec
{
    /// <summary>Room for a header or a tail, in bytes.</summary>
    internal const int SlotBytes = 64;

    /// <summary>Bytes of a chunk's header: the frame's and the chunk's own.</summary>
    internal static int HeaderBytes(FrameKind kind) =>
        FrameHeaderWire.SizeBytes + (kind == FrameKind.ReadData ? ReadDataWire.SizeBytes : WriteChunkWire.SizeBytes);

    /// <summary>Bytes of padding and tail behind data of this length.</summary>
    internal static int TailBytes(int dataBytes) => FrameCodec.Pad8(dataBytes) - dataBytes + ChunkTailWire.SizeBytes;

    /// <summary>Writes the header of the chunk at the source's position and returns its length.</summary>
    internal static int WriteHeader(BulkSource source, byte* header, int dataBytes, bool last, bool checksums)
    {
        FrameFlags flags = checksums ? FrameFlags.DataChecksum : FrameFlags.None;
        byte* wire = header + FrameHeaderWire.SizeBytes;
        int wireBytes = HeaderBytes(source.Kind) - FrameHeaderWire.SizeBytes;
        if (source.Kind == FrameKind.ReadData)
        {
            *(ReadDataWire*)wire = new ReadDataWire { PositionBytes = (uint)source.PositionBytes, DataBytes = (uint)dataBytes };
        }
        else
        {
            *(WriteChunkWire*)wire = new WriteChunkWire
            {
                Key = source.Key,
                OffsetBytes = source.OffsetBytes,
                TransferBytes = (uint)source.LengthBytes,
                PositionBytes = (uint)source.PositionBytes,
                DataBytes = (uint)dataBytes,
            };
            flags |= last ? FrameFlags.Last : FrameFlags.None;
        }

        FrameCodec.SealBulk(header, source.Kind, flags, source.Transfer, wireBytes + dataBytes, wireBytes);
        return FrameHeaderWire.SizeBytes + wireBytes;
    }

    /// <summary>Writes padding and tail behind data of this length and returns their length.</summary>
    internal static int WriteTail(byte* at, int dataBytes, uint dataCrc)
    {
        int bytes = TailBytes(dataBytes);
        *(ulong*)at = 0;
        WriteStatus(at + bytes - ChunkTailWire.SizeBytes, DerCode.Success, dataCrc);
        return bytes;
    }

    /// <summary>Writes the tail itself: the chunk's data is good, or void for a reason.</summary>
    internal static void WriteStatus(byte* at, DerCode status, uint dataCrc)
    {
        var tail = (ChunkTailWire*)at;
        tail->Status = status.Value;
        tail->Crc = Crc32C.Append(dataCrc, new ReadOnlySpan<byte>(&tail->Status, sizeof(int)));
    }
}
