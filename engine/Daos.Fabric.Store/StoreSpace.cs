namespace Daos.Fabric.Store;

/// <summary>Space of a shard per tier, in bytes.</summary>
/// <param name="MetadataTotalBytes">Size that the arena can reach.</param>
/// <param name="MetadataFreeBytes">Of that not in blocks in use.</param>
/// <param name="MetadataReservedBytes">Of what is free kept for what brings space back: updates get DER_NOSPACE before they use it.</param>
/// <param name="DataTotalBytes">Size of the data space.</param>
/// <param name="DataFreeBytes">Of that free to be reserved now.</param>
/// <param name="DataReservedBytes">Of what is free kept for what brings space back.</param>
/// <param name="DataPendingBytes">Freed, and to be used again once that is stable and who reads it has ended.</param>
public readonly record struct StoreSpace(
    long MetadataTotalBytes,
    long MetadataFreeBytes,
    long MetadataReservedBytes,
    long DataTotalBytes,
    long DataFreeBytes,
    long DataReservedBytes,
    long DataPendingBytes)
{
    /// <summary>Metadata that updates may still use.</summary>
    public long MetadataAvailableBytes => Math.Max(0, MetadataFreeBytes - MetadataReservedBytes);

    /// <summary>Data space that updates may still use, apart from fragmentation.</summary>
    public long DataAvailableBytes => Math.Max(0, DataFreeBytes - DataReservedBytes);
}
