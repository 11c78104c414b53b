using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Pressure;

namespace Daos.Fabric.Store;

/// <summary>Bringing space back: in the background when it runs short, on demand, and when an update found none.</summary>
public sealed partial class StoreShard
{
    /// <summary>Records that a background step looks at: about a quarter of a millisecond.</summary>
    private const int ReclaimRecords = 256;

    /// <summary>The same while the shard is nearly full.</summary>
    private const int CriticalReclaimRecords = 1024;

    /// <summary>Steps that one call of <see cref="MakeSpaceAsync"/> takes at most before it gives up waiting for a whole pass.</summary>
    private const int MakeSpaceStepsMax = 1 << 16;

    private bool _reclaiming;
    private bool _makingSpace;

    /// <summary>
    /// Frees, in one local transaction, some of what destroyed containers held or what only reads older than the history window could
    /// see. <paramref name="more"/> is false at the end of a pass. DER_AGAIN: nothing was done, await <see cref="AdmitAsync"/>.
    /// </summary>
    /// <param name="records">Records to look at, about 1 us each.</param>
    /// <param name="more">There is more to do.</param>
    public DerCode ReclaimStep(int records, out bool more)
    {
        Loop.Assert();
        return Objects.Reclaimer.Step(records, out more, out _);
    }

    /// <summary>
    /// For an update that found no space: reclaims through one whole pass, without regard to the history window, and waits until what was
    /// freed may be used again. True when something was freed: the update may be tried once more. Plans come here by themselves.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<bool> MakeSpaceAsync()
    {
        Loop.Assert();
        long before = Objects.Reclaimer.FreedCount;
        while (_makingSpace)
        {
            // Somebody is at it: what that brings serves all.
            await ShardPause.WaitAsync(Loop);
        }

        if (Objects.Reclaimer.FreedCount > before)
        {
            return true;
        }

        _makingSpace = true;
        _background++;
        DerCode code = await ReclaimPassAsync();
        _lastPassFreed = Objects.Reclaimer.FreedCount - before;
        NoteSpace();
        _background--;
        _makingSpace = false;
        return code.IsSuccess && Objects.Reclaimer.FreedCount > before;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> ReclaimPassAsync()
    {
        // What replaced older versions must be stable before those can go.
        DerCode stable = await WaitStableAsync(AppendedPosition);
        if (stable.IsError)
        {
            return stable;
        }

        Objects.Reclaimer.BeginUrgentPass();
        bool more = true;
        for (int i = 0; more && i < MakeSpaceStepsMax; i++)
        {
            DerCode code = Objects.Reclaimer.Step(ReclaimRecords, out more, out _);
            if (code == DerCode.Again)
            {
                code = await AdmitAsync();
            }
            else if (code.IsSuccess)
            {
                await ShardPause.WaitAsync(Loop);
            }

            if (code.IsError)
            {
                return code;
            }
        }

        return await WaitStableAsync(AppendedPosition);
    }

    /// <summary>Starts reclaiming in the background when space is short or a destroyed container waits; called now and then.</summary>
    internal void ReclaimIfShort()
    {
        NoteSpace();
        if (!_reclaiming && _state.IsSuccess && (IsShortOfSpace || Objects.Reclaimer.HasDestroyed))
        {
            _reclaiming = true;
            _background++;
            Loop.Spawn(ReclaimInBackgroundAsync());
        }

        ReleaseMemoryIfFree();
    }

    private ValueTask<bool> PauseInClassAsync() =>
        ShardPause.WaitAsync(Loop, AggregationLimits.TightPauseNs, Options.UpkeepClass);

    // Until space is there again, or one pass is over; the next commits start another.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask ReclaimInBackgroundAsync()
    {
        bool more = true;
        _passStartFreed = Objects.Reclaimer.FreedCount;
        await PauseInClassAsync();
        while (more && _state.IsSuccess && !_makingSpace && (IsShortOfSpace || Objects.Reclaimer.HasDestroyed))
        {
            DerCode code = Objects.Reclaimer.Step(_gauge.Level == SpaceLevel.Critical ? CriticalReclaimRecords : ReclaimRecords, out more, out _);
            if (code == DerCode.Again)
            {
                code = await AdmitAsync();
            }
            else if (code.IsSuccess)
            {
                await PauseInClassAsync();
            }

            if (code.IsError)
            {
                break;
            }
        }

        _lastPassFreed = Objects.Reclaimer.FreedCount - _passStartFreed;
        _reclaiming = false;
        _background--;
        ReleaseMemoryIfFree();
    }
}
