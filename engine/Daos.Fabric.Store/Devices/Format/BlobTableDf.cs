namespace Daos.Fabric.Store.Devices.Format;

/// <summary>
/// Head of a table of blobs; the records follow, then the extents of each, in the records' order. Its checksum stands in the device's header.
/// <code>
///    0 magic u64 | 8 version u32 | 12 blobs u32 | 16 device UUID 16 | 32 sequence u64 | 40 extents u32 | 44 reserved u32 | 48 reserved to 64
/// </code>
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct BlobTableDf
{
    internal const int SizeBytes = 64;
    internal const ulong MagicValue = 0x454C4241_54464144; // "DAFTABLE"
    internal const uint VersionValue = 1;

    [FieldOffset(0)]
    internal ulong Magic;

    [FieldOffset(8)]
    internal uint Version;

    [FieldOffset(12)]
    internal uint BlobCount;

    [FieldOffset(16)]
    internal fixed byte DeviceId[16];

    [FieldOffset(32)]
    internal ulong Sequence;

    [FieldOffset(40)]
    internal uint ExtentCount;
}
