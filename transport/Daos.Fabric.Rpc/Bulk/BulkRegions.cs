namespace Daos.Fabric.Rpc.Bulk;

/// <summary>The regions of one context: those that wait to be used again, and those in use, for leak reports. Owned by the context's loop.</summary>
internal sealed class BulkRegions(RpcContext context)
{
    private readonly List<BulkRegion> _all = [];
    private readonly Stack<BulkRegion> _idle = new();

    /// <summary>Regions that somebody holds.</summary>
    internal int InUse => _all.Count - _idle.Count;

    internal BulkRegion? TryRent(ReadOnlySpan<BulkSegment> segments, MemoryAccess access)
    {
        if (!_idle.TryPop(out BulkRegion? region))
        {
            if (_all.Count == RpcLimits.BulkRegionsMax)
            {
                context.Statistics.BulksRefused++;
                return null;
            }

            _all.Add(region = new BulkRegion(context));
        }

        region.Start(segments, access);
        context.Statistics.BulksCreated++;
        return region;
    }

    internal void Return(BulkRegion region)
    {
        context.Statistics.BulksFreed++;
        _idle.Push(region);
    }

    /// <summary>A line per region in use: its length and who holds it.</summary>
    internal string Describe() => string.Join('\n', _all.Where(r => r.SegmentCount > 0).Select(r => $"{r.LengthBytes} bytes: {r.DescribeHolders()}"));
}
