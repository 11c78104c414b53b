namespace Daos.Fabric.Store.Devices;

/// <summary>
/// Which clusters no blob has. Made anew from the table for each change: blobs are few and changes seldom, and so there is nothing that could
/// disagree with the table. One change.
/// </summary>
internal sealed class ClusterMap
{
    /// <summary>Rows of clusters of one blob at most: a device in more pieces has no room for it.</summary>
    internal const int ExtentsMax = 1024;

    private readonly List<BlobExtent> _free = [];

    internal ClusterMap(BlobTable table, long clusters)
    {
        long next = 0;
        foreach (BlobExtent used in InOrder(table))
        {
            AddFree(next, used.Cluster);
            next = used.End;
        }

        AddFree(next, clusters);
    }

    /// <summary>What makes a table impossible, or null: a blob that ends behind the device, or two in one place.</summary>
    internal static string? FindWrong(BlobTable table, long clusters)
    {
        long next = 0;
        foreach (BlobExtent used in InOrder(table))
        {
            if (used.Clusters <= 0 || used.Cluster < 0 || used.Clusters > clusters || used.Cluster > clusters - used.Clusters)
            {
                return $"clusters {used.Cluster} to {used.End} do not lie on the device";
            }

            if (used.Cluster < next)
            {
                return $"two blobs have cluster {used.Cluster}";
            }

            next = used.End;
        }

        return null;
    }

    /// <summary>
    /// Takes so many clusters: behind the given extents when they can go on in a row, else the smallest row that holds all, else the largest
    /// rows one after the other. Null when there are not enough, or in too many pieces.
    /// </summary>
    internal List<BlobExtent>? TryTake(long clusters, IReadOnlyList<BlobExtent> behind)
    {
        var extents = new List<BlobExtent>(behind);
        if (extents.Count > 0 && _free.FindIndex(f => f.Cluster == extents[^1].End) is int next and >= 0)
        {
            BlobExtent more = Take(next, clusters);
            extents[^1] = extents[^1] with { Clusters = extents[^1].Clusters + more.Clusters };
            clusters -= more.Clusters;
        }

        while (clusters > 0 && _free.Count > 0 && extents.Count < ExtentsMax)
        {
            BlobExtent taken = Take(Choose(clusters), clusters);
            extents.Add(taken);
            clusters -= taken.Clusters;
        }

        return clusters == 0 ? extents : null;
    }

    private static List<BlobExtent> InOrder(BlobTable table)
    {
        List<BlobExtent> used = [.. table.Blobs.SelectMany(static b => b.Extents)];
        used.Sort(static (a, b) => a.Cluster.CompareTo(b.Cluster));
        return used;
    }

    private int Choose(long clusters)
    {
        int best = 0;
        for (int i = 1; i < _free.Count; i++)
        {
            best = IsBetter(_free[i].Clusters, _free[best].Clusters, clusters) ? i : best;
        }

        return best;
    }

    // What holds all is better than what does not; of those that do the smallest, of those that do not the largest.
    private static bool IsBetter(long free, long best, long wanted) =>
        free >= wanted ? best < wanted || free < best : best < wanted && free > best;

    private BlobExtent Take(int index, long clusters)
    {
        BlobExtent free = _free[index];
        var taken = free with { Clusters = Math.Min(clusters, free.Clusters) };
        if (taken.Clusters == free.Clusters)
        {
            _free.RemoveAt(index);
        }
        else
        {
            _free[index] = new BlobExtent(taken.End, free.Clusters - taken.Clusters);
        }

        return taken;
    }

    private void AddFree(long from, long to)
    {
        if (to > from)
        {
            _free.Add(new BlobExtent(from, to - from));
        }
    }
}
