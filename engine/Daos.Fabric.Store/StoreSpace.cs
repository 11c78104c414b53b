namespace Daos.Fabric.Store;

/// <summary>Space of a shard per tier, in bytes.</summary>
/// <param name="MetadataTotalBytes">Size that the arena can reach.</param>
/// <param name="MetadataFreeBytes">Of that not in blocks in use.</param>
/// <param name="DataTotalBytes">Size of the data space.</param>
/// <param name="DataFreeBytes">Of that free to be reserved now.</param>
public readonly record struct StoreSpace(long MetadataTotalBytes, long MetadataFreeBytes, long DataTotalBytes, long DataFreeBytes);
