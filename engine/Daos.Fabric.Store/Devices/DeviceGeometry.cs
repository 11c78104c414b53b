using Daos.Fabric.Store.Devices.Format;

namespace Daos.Fabric.Store.Devices;

/// <summary>Places on a device: two headers, two table areas, then clusters. Pure.</summary>
/// <param name="ClusterBytes">The unit in which room is given to blobs.</param>
/// <param name="TableAreaBytes">Size of each of the two areas.</param>
/// <param name="Clusters">How many there are.</param>
internal readonly record struct DeviceGeometry(long ClusterBytes, long TableAreaBytes, long Clusters)
{
    /// <summary>The unit as long as nobody says otherwise: a small file still holds a few shards, a large device has few enough.</summary>
    internal const long ClusterBytesDefault = 1 << 20;

    /// <summary>The smallest device: tables and a few clusters.</summary>
    internal const long DeviceBytesMin = 8 << 20;

    private const long TablesOffset = DeviceHeaderDf.CopyCount * DeviceHeaderDf.CopyDistanceBytes;
    private const long AreaBytesMin = 64 << 10;
    private const long AreaBytesMax = 8 << 20;
    private const long AreaShare = 1024;

    internal long FirstClusterOffset => FirstClusterOffsetFor(ClusterBytes, TableAreaBytes);

    /// <summary>Room for blobs.</summary>
    internal long TotalBytes => Clusters * ClusterBytes;

    /// <summary>For a device that is being formatted.</summary>
    internal static DeviceGeometry For(long deviceBytes, long clusterBytes)
    {
        long area = Math.Clamp(deviceBytes / AreaShare / AreaBytesMin * AreaBytesMin, AreaBytesMin, AreaBytesMax);
        long clusters = (deviceBytes - FirstClusterOffsetFor(clusterBytes, area)) / clusterBytes;
        return new DeviceGeometry(clusterBytes, area, Math.Max(0, clusters));
    }

    internal static long FirstClusterOffsetFor(long clusterBytes, long areaBytes)
    {
        long tablesEnd = TablesOffset + (2 * areaBytes);
        return (tablesEnd + clusterBytes - 1) / clusterBytes * clusterBytes;
    }

    internal long TableOffset(uint area) => TablesOffset + (area * TableAreaBytes);

    internal long OffsetOf(long cluster) => FirstClusterOffset + (cluster * ClusterBytes);

    internal long ClustersFor(long bytes) => (bytes + ClusterBytes - 1) / ClusterBytes;
}
