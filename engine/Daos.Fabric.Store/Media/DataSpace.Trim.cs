using Daos.Fabric.Store.Media.Trimming;

namespace Daos.Fabric.Store.Media;

/// <content>Free blocks on their way to the device below and back.</content>
internal sealed unsafe partial class DataSpace
{
    private TrimQueue? _trims;
    private long _trimmingBytes;

    /// <summary>From now on what becomes free waits to be trimmed.</summary>
    internal void StartTrims(int regionBlocks, long delayNs) =>
        _trims = new TrimQueue(_free, _loop, TotalBytes / DataExtent.BlockBytes, regionBlocks, delayNs);

    /// <summary>Nothing more is to be trimmed; what was taken still comes back.</summary>
    internal void StopTrims()
    {
        _trims?.Dispose();
        _trims = null;
    }

    /// <summary>
    /// A run to be trimmed now, or false. It was free: no stable record refers to it, and no read under way found it. Nobody gets it until
    /// <see cref="ReturnTrimmed"/>.
    /// </summary>
    internal bool TryTakeTrim(out DataExtent run)
    {
        Reclaim(isNeeded: false);
        run = default;
        if (_trims is null || !_trims.TryTake(out run))
        {
            return false;
        }

        _trimmingBytes += run.LengthBytes;
        return true;
    }

    /// <summary>The run may be reserved again.</summary>
    internal void ReturnTrimmed(DataExtent run)
    {
        _trimmingBytes -= run.LengthBytes;
        _placement.Return((long)run.Block, run.Blocks);
    }
}
