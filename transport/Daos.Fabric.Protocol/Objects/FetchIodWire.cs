namespace Daos.Fabric.Protocol.Objects;

/// <summary>One iod of a fetch reply, 32 bytes before its map and checksums.</summary>
/// <remarks>
/// <code>
///      0       1       2       3       4       5       6       7
///  0 | record bytes (single: value bytes); 0: nothing there          |
///  8 | bytes returned, holes included (zero-filled)                  |
/// 16 | csum  | 0                     | chunk bytes                   |
/// 24 | map extents                   | checksum words                |
/// </code>
/// The map lists what exists of the extents asked for, in order (daos_iom); what it leaves out is a hole. Checksums: for a single value
/// one over the whole value; for an array, for each extent asked for in order, one per chunk that it touches, over the bytes as they are
/// returned (holes as zeroes); chunks lie at multiples of their size counted from record 0 of the array.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct FetchIodWire
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 32;

    /// <summary>Bytes of a record or of the single value; 0 when nothing exists.</summary>
    [FieldOffset(0)]
    public ulong RecordBytes;

    /// <summary>Bytes returned, in the message or in the client's memory.</summary>
    [FieldOffset(8)]
    public ulong ValueBytes;

    /// <summary><see cref="Core.Checksums.ChecksumType"/>.</summary>
    [FieldOffset(16)]
    public byte ChecksumType;

    /// <summary>Zero.</summary>
    [FieldOffset(17)]
    public byte Reserved0;

    /// <summary>Zero.</summary>
    [FieldOffset(18)]
    public ushort Reserved1;

    /// <summary>Bytes that one checksum covers.</summary>
    [FieldOffset(20)]
    public uint ChunkBytes;

    /// <summary>Extents of the map.</summary>
    [FieldOffset(24)]
    public uint MapCount;

    /// <summary>Words of 32 bits that the checksums take.</summary>
    [FieldOffset(28)]
    public uint ChecksumWords;
}
