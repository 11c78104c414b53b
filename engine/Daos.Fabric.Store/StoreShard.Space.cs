using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Pressure;

namespace Daos.Fabric.Store;

/// <summary>What is left, how short that is, and how updates wait for it.</summary>
public sealed partial class StoreShard
{
    /// <summary>An update waits for blocks of the data space at most so long, in ns, although space still comes back.</summary>
    private const long BlocksWaitMaxNs = 5_000_000_000;

    /// <summary>An update waits at most so long, in ns, while the shard is nearly full and space still comes back.</summary>
    private const long CriticalWaitMaxNs = 100_000_000;

    private const long CriticalPauseNs = 1_000_000;

    // A timer is not worth less.
    private const long DebtMinNs = 50_000;

    private readonly SpaceGauge _gauge;
    private long _debtNs;
    private long _slowedUpdates;
    private long _slowedNs;
    private long _blockWaits;
    private long _heldByWaitingBytes;
    private long _passStartFreed;
    private long _lastPassFreed;

    /// <summary>Space per tier.</summary>
    public StoreSpace Space => new(
        (long)Arena.CapacityBytes,
        (long)(Arena.CapacityBytes - Arena.LiveBytes),
        (long)Arena.ReleaseReserveBytes,
        DataSpace.TotalBytes,
        DataSpace.FreeBytes,
        DataSpace.ReserveBytes,
        DataSpace.PendingFreeBytes);

    /// <summary>How short of space it is now.</summary>
    public SpaceLevel SpaceLevel
    {
        get
        {
            NoteSpace();
            return _gauge.Level;
        }
    }

    /// <summary>True when less than a quarter of the arena or an eighth of the data file is free, and for a while after.</summary>
    public bool IsShortOfSpace => SpaceLevel != SpaceLevel.None;

    /// <summary>True when it is so short that history counts for less than new writes.</summary>
    internal bool IsVeryShortOfSpace =>
        Arena.LiveBytes > Arena.CapacityBytes / 8 * 7 || DataSpace.FreeBytes < DataSpace.TotalBytes / 16;

    /// <summary>True when updates are held back; one comparison while there is room.</summary>
    internal bool SlowsUpdates => _gauge.DelayNs > 0 && SpaceComesBack;

    // Holding updates back only makes sense while what is reclaimed makes room for them.
    private bool SpaceComesBack =>
        _lastPassFreed > 0 || DataSpace.HasReturning || (_reclaiming && Objects.Reclaimer.FreedCount > _passStartFreed);

    /// <summary>Space was taken: the level may be another one.</summary>
    internal void NoteSpace() => _gauge.Update(Space);

    /// <summary>
    /// Holds one update back: for its share of a delay that grows up to 5 ms as space gets tight; nearly full, until space has come back,
    /// 100 ms at most.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask SlowDownAsync()
    {
        long startNs = Loop.NowNs;
        if (_gauge.Level != SpaceLevel.Critical)
        {
            _debtNs += _gauge.DelayNs;
            if (_debtNs < DebtMinNs)
            {
                return;
            }

            long waitNs = Math.Min(_debtNs, SpaceGauge.DelayMaxNs);
            _debtNs = 0;
            await ShardPause.WaitAsync(Loop, waitNs, null);
        }
        else
        {
            while (_state.IsSuccess && SpaceLevel == SpaceLevel.Critical && SpaceComesBack && Loop.NowNs - startNs < CriticalWaitMaxNs)
            {
                ReclaimIfShort();
                await ShardPause.WaitAsync(Loop, CriticalPauseNs, null);
            }
        }

        _slowedUpdates++;
        _slowedNs += Loop.NowNs - startNs;
    }

    /// <summary>
    /// For a value that found no blocks: brings space back, and waits for what was freed and for what other updates are about to free, until
    /// there are blocks. False when nothing is left that could bring any, or after 5 s.
    /// </summary>
    /// <param name="taker">Takes the value's blocks.</param>
    /// <param name="heldBytes">Blocks that the same update holds already, in bytes.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<bool> WaitForBlocksAsync(IBlockTaker taker, long heldBytes)
    {
        long deadlineNs = Loop.NowNs + BlocksWaitMaxNs;
        _blockWaits++;
        _heldByWaitingBytes += heldBytes;
        bool taken;
        while (true)
        {
            bool freed = await MakeSpaceAsync();
            while (!(taken = taker.TryTake()) && DataSpace.HasReturning && MayWaitUntil(deadlineNs))
            {
                // Freed, and not to be used before that is stable and its readers have gone.
                await ShardPause.WaitAsync(Loop);
            }

            // Updates under way replace what is older, which then can be freed; those that wait here as well do not.
            bool othersWillFree = DataSpace.UnpublishedBytes > _heldByWaitingBytes;
            if (taken || (!freed && !othersWillFree) || !MayWaitUntil(deadlineNs))
            {
                break;
            }

            await ShardPause.WaitAsync(Loop);
        }

        _heldByWaitingBytes -= heldBytes;
        return taken;
    }

    private bool MayWaitUntil(long deadlineNs) => _state.IsSuccess && Loop.NowNs < deadlineNs;
}
