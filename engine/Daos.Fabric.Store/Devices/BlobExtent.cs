namespace Daos.Fabric.Store.Devices;

/// <summary>A row of clusters of a device. Immutable.</summary>
/// <param name="Cluster">The first; 0 is the first behind the tables.</param>
/// <param name="Clusters">How many.</param>
internal readonly record struct BlobExtent(long Cluster, long Clusters)
{
    internal long End => Cluster + Clusters;
}
