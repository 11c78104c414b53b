namespace Daos.Fabric.Store.Devices.Format;

/// <summary>A row of clusters in the table: <c>0 first cluster u64 | 8 clusters u64</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct BlobExtentDf
{
    internal const int SizeBytes = 16;

    [FieldOffset(0)]
    internal ulong Cluster;

    [FieldOffset(8)]
    internal ulong Clusters;
}
