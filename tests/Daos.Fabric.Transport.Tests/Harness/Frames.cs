using System.Buffers.Binary;
using Daos.Fabric.Core.Checksums;

namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>Frames built by hand from WIRE.md, not by the product's code, so that a mistake there does not hide itself.</summary>
internal static class Frames
{
    internal const byte Hello = 1;
    internal const byte Goodbye = 2;
    internal const byte Message = 3;
    internal const byte ReadRequest = 4;
    internal const byte ReadData = 5;
    internal const byte WriteChunk = 6;
    internal const byte TransferEnd = 7;
    internal const byte Ping = 8;
    internal const byte CopyRequest = 9;
    internal const byte AddressRequest = 10;
    internal const byte Address = 11;
    internal const byte Copied = 12;
    internal const byte FlagChecksum = 1;
    internal const byte FlagLast = 2;

    /// <summary>A frame whose checksum covers the header and the first bytes of the payload; all of them by default.</summary>
    internal static byte[] Frame(byte kind, ReadOnlySpan<byte> payload, uint argument = 0, byte flags = 0, int covered = -1, ushort reserved = 0)
    {
        var frame = new byte[16 + ((payload.Length + 7) & ~7)];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)payload.Length);
        frame[4] = kind;
        frame[5] = flags;
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(6), reserved);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(12), argument);
        payload.CopyTo(frame.AsSpan(16));
        int inlineBytes = covered < 0 ? payload.Length : covered;
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(8), Crc32C.Compute(frame.AsSpan(0, 16 + inlineBytes)));
        return frame;
    }

    internal static byte[] HelloFrame(ushort versionMin = 1, ushort versionMax = 1, uint magic = 0x00544644, uint messageMax = 65536, uint chunkMax = 262144, ulong features = 1,
        ulong probeAddress = 0, ulong probeValue = 0)
    {
        var payload = new byte[probeAddress == 0 ? 40 : 56];
        if (probeAddress != 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(40), probeAddress);
            BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(48), probeValue);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(payload, magic);
        BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(4), versionMin);
        BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(6), versionMax);
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(8), features);
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(16), 0x1122334455667788);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(24), messageMax);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(28), chunkMax);
        return Frame(Hello, payload);
    }

    internal static byte[] ReadRequestFrame(uint transfer, ulong key, ulong offset, ulong length)
    {
        var payload = new byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, key);
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(8), offset);
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(16), length);
        return Frame(ReadRequest, payload, transfer);
    }

    internal static byte[] TransferEndFrame(uint transfer, int code)
    {
        var payload = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(payload, code);
        return Frame(TransferEnd, payload, transfer);
    }

    internal static byte[] ReadDataFrame(uint transfer, uint position, ReadOnlySpan<byte> data, byte flags = 0, int status = 0)
    {
        var wire = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(wire, position);
        BinaryPrimitives.WriteUInt32LittleEndian(wire.AsSpan(4), (uint)data.Length);
        return Chunk(ReadData, wire, transfer, data, flags, status);
    }

    internal static byte[] WriteChunkFrame(
        uint transfer, ulong key, ulong offset, uint total, uint position, ReadOnlySpan<byte> data, byte flags = FlagLast, int status = 0)
    {
        var wire = new byte[32];
        BinaryPrimitives.WriteUInt64LittleEndian(wire, key);
        BinaryPrimitives.WriteUInt64LittleEndian(wire.AsSpan(8), offset);
        BinaryPrimitives.WriteUInt32LittleEndian(wire.AsSpan(16), total);
        BinaryPrimitives.WriteUInt32LittleEndian(wire.AsSpan(20), position);
        BinaryPrimitives.WriteUInt32LittleEndian(wire.AsSpan(24), (uint)data.Length);
        return Chunk(WriteChunk, wire, transfer, data, flags, status);
    }

    /// <summary>Cuts a stream into frames: kind, argument, payload (of bulk chunks: sub-header, data, tail).</summary>
    internal static List<(byte Kind, byte Flags, uint Argument, byte[] Payload, uint Status)> Parse(ReadOnlySpan<byte> stream)
    {
        var frames = new List<(byte, byte, uint, byte[], uint)>();
        while (stream.Length >= 16)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(stream);
            byte kind = stream[4];
            bool bulk = kind is ReadData or WriteChunk;
            int size = 16 + ((length + 7) & ~7) + (bulk ? 8 : 0);
            if (stream.Length < size)
            {
                break;
            }

            uint status = bulk ? BinaryPrimitives.ReadUInt32LittleEndian(stream[(size - 8)..]) : 0;
            frames.Add((kind, stream[5], BinaryPrimitives.ReadUInt32LittleEndian(stream[12..]), stream.Slice(16, length).ToArray(), status));
            stream = stream[size..];
        }

        return frames;
    }

    private static byte[] Chunk(byte kind, byte[] wire, uint transfer, ReadOnlySpan<byte> data, byte flags, int status)
    {
        var payload = new byte[wire.Length + data.Length];
        wire.CopyTo(payload, 0);
        data.CopyTo(payload.AsSpan(wire.Length));
        byte[] frame = Frame(kind, payload, transfer, flags, covered: wire.Length);
        var all = new byte[frame.Length + 8];
        frame.CopyTo(all, 0);
        BinaryPrimitives.WriteInt32LittleEndian(all.AsSpan(frame.Length), status);
        uint crc = (flags & FlagChecksum) != 0 && status == 0 ? Crc32C.Compute(data) : 0;
        BinaryPrimitives.WriteUInt32LittleEndian(all.AsSpan(frame.Length + 4), Crc32C.Append(crc, all.AsSpan(frame.Length, 4)));
        return all;
    }
}
