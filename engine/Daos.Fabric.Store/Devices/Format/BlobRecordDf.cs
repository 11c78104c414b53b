namespace Daos.Fabric.Store.Devices.Format;

/// <summary>
/// A blob in the table.
/// <code>
///    0 blob UUID 16 | 16 pool UUID 16 | 32 target u32 | 36 role u32 (1 data, 2 meta, 4 log) | 40 extents u32 | 44 reserved u32 | 48 reserved to 64
/// </code>
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct BlobRecordDf
{
    internal const int SizeBytes = 64;

    [FieldOffset(0)]
    internal fixed byte BlobId[16];

    [FieldOffset(16)]
    internal fixed byte PoolId[16];

    [FieldOffset(32)]
    internal uint Target;

    [FieldOffset(36)]
    internal uint Role;

    [FieldOffset(40)]
    internal uint ExtentCount;
}
