using System.Buffers.Binary;

namespace Daos.Fabric.Samples.Quickstart;

/// <summary>What the names object keeps about a file: length (8 bytes), object id (16 bytes), SHA-256 (32 bytes).</summary>
internal readonly record struct FileRecord(long LengthBytes, ObjectId Content, byte[] Sha256)
{
    public const int SizeBytes = 56;

    /// <summary>Files up to this length are one value, larger ones an array.</summary>
    public const int ValueBytesMax = 128 * 1024;

    /// <summary>Bytes of an array moved by one call.</summary>
    public const int PieceBytes = 1024 * 1024;

    public static ReadOnlyMemory<byte> Dkey { get; } = "content"u8.ToArray();

    public static ReadOnlyMemory<byte> Akey { get; } = "bytes"u8.ToArray();

    public static ObjectId ObjectOf(string name, long lengthBytes) =>
        ObjectNames.ToObjectId(name, lengthBytes <= ValueBytesMax ? ObjectType.MultiHashed : ObjectType.ArrayByte);

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[SizeBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, LengthBytes);
        Content.Write(bytes.AsSpan(8));
        Sha256.CopyTo(bytes, 24);
        return bytes;
    }

    public static FileRecord Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadInt64LittleEndian(bytes), ObjectId.Read(bytes[8..]), bytes[24..].ToArray());
}
