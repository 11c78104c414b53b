using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Services;

/// <summary>The request of a self-test's bulk transfer, 48 bytes.</summary>
/// <remarks>
/// <code>
///  0 | memory: key, length, access (24 bytes)                        |
/// 24 | offset in that memory                                         |
/// 32 | offset in the server's buffer                                 |
/// 40 | bytes                         | flags: bit 0 return a crc32c  |
/// </code>
/// </remarks>
/// <param name="Memory">What the caller exposed.</param>
/// <param name="OffsetBytes">Offset there.</param>
/// <param name="ServerOffsetBytes">Offset in the server's buffer (<see cref="RpcOptions.SelfTestBufferBytes"/>).</param>
/// <param name="LengthBytes">Bytes to move.</param>
/// <param name="WantsChecksum">The reply carries a CRC-32C of the bytes as the server saw them; otherwise zero.</param>
public readonly record struct SelfTestBulk(RemoteMemory Memory, long OffsetBytes, long ServerOffsetBytes, int LengthBytes, bool WantsChecksum)
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 48;

    /// <summary>Size of the reply's payload.</summary>
    public const int ReplyBytes = 8;

    /// <summary>Writes 48 bytes.</summary>
    public void Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        writer.WriteRemoteMemory(Memory);
        writer.WriteUInt64((ulong)OffsetBytes);
        writer.WriteUInt64((ulong)ServerOffsetBytes);
        writer.WriteUInt32((uint)LengthBytes);
        writer.WriteUInt32(WantsChecksum ? 1u : 0);
    }

    /// <summary>Reads it; false when it is malformed or a range is out of bounds.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, long bufferBytes, out SelfTestBulk bulk)
    {
        var reader = new WireReader(payload);
        RemoteMemory memory = reader.ReadRemoteMemory();
        long offset = (long)reader.ReadUInt64();
        long serverOffset = (long)reader.ReadUInt64();
        int length = (int)reader.ReadUInt32();
        uint flags = reader.ReadUInt32();
        bulk = new SelfTestBulk(memory, offset, serverOffset, length, flags == 1);
        return reader.IsComplete
            && flags <= 1
            && memory.IsValid
            && length > 0
            && offset >= 0 && offset <= memory.LengthBytes - length
            && serverOffset >= 0 && serverOffset <= bufferBytes - length;
    }
}
