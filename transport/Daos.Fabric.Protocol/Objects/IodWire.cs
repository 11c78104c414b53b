namespace Daos.Fabric.Protocol.Objects;

/// <summary>
/// One akey of an update or fetch: 24 bytes, then the akey (padded with zeroes to 8 bytes), the extents (16 bytes each), the checksums
/// (4, 8, 20, 32 or 64 bytes each, by their kind; padded to 8 bytes together).
/// </summary>
/// <remarks>
/// <code>
///      0       1       2       3       4       5       6       7
///  0 | akey bytes    | type  | csum  | extents       | conditions    |
///  8 | record bytes (single: value bytes)                            |
/// 16 | chunk bytes                   | checksum words                |
/// </code>
/// Record bytes: 0 in an update punches the extents (or the single value); 0 in a fetch takes whatever size there is (DAOS_REC_ANY).
/// Conditions: the akey flags of <see cref="ObjectFlags"/> for this akey alone, 0 unless the request says PerAkey.
/// A single value has no extents. Checksums of an update: for a single value one over the whole value; for an array, for each extent in
/// order, one per chunk that it touches; chunks lie at multiples of their size counted from record 0 of the array.
/// A CRC is a little-endian number, CRC-16 with two zero bytes behind it; SHA's bytes come in their order.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct IodWire
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 24;

    /// <summary>Length of the akey, from 1 to <see cref="ProtocolLimits.KeyBytesMax"/>.</summary>
    [FieldOffset(0)]
    public ushort AkeyBytes;

    /// <summary><see cref="IodType"/>.</summary>
    [FieldOffset(2)]
    public byte Type;

    /// <summary><see cref="Core.Checksums.ChecksumType"/>.</summary>
    [FieldOffset(3)]
    public byte ChecksumType;

    /// <summary>Extents that follow the akey.</summary>
    [FieldOffset(4)]
    public ushort RecxCount;

    /// <summary>AkeyInsert and AkeyUpdate in an update, AkeyFetch in a fetch: <see cref="ObjectFlags"/>.</summary>
    [FieldOffset(6)]
    public ushort Conditions;

    /// <summary>Bytes of a record.</summary>
    [FieldOffset(8)]
    public ulong RecordBytes;

    /// <summary>Bytes that one checksum covers; 0 without checksums or for single values.</summary>
    [FieldOffset(16)]
    public uint ChunkBytes;

    /// <summary>Words of 32 bits that the checksums take, behind the extents.</summary>
    [FieldOffset(20)]
    public uint ChecksumWords;
}
