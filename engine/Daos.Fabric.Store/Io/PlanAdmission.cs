namespace Daos.Fabric.Store.Io;

/// <summary>
/// What a plan waits for before its transaction: room in the log, and space. One for each plan; owned by the xstream of its shard.
/// </summary>
internal sealed class PlanAdmission(StoreShard shard)
{
    // Space that came back may be taken by others before the plan tries again, but not for ever.
    private const int SpaceTriesMax = 16;

    private int _spaceTries;
    private bool _wantsSpace;
    private bool _wasAdmitted;

    /// <summary>For the next plan: without an admission no space is waited for.</summary>
    internal void Reset()
    {
        _spaceTries = 0;
        _wantsSpace = false;
        _wasAdmitted = false;
    }

    /// <summary>See <see cref="UpdatePlan.AdmitAsync"/>.</summary>
    internal ValueTask<DerCode> AdmitAsync()
    {
        bool isFirst = !_wasAdmitted;
        if (isFirst)
        {
            _wasAdmitted = true;
            _spaceTries = SpaceTriesMax;
        }

        return _wantsSpace || (isFirst && shard.SlowsUpdates) ? AdmitSlowlyAsync() : shard.AdmitAsync();
    }

    /// <summary>
    /// After DER_NOSPACE: true when the next admission brings space back first, so that the plan may try again; only when that does not
    /// help is the store full.
    /// </summary>
    internal bool MayTryAgain()
    {
        if (_spaceTries == 0)
        {
            return false;
        }

        _spaceTries--;
        _wantsSpace = true;
        return true;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> AdmitSlowlyAsync()
    {
        if (!_wantsSpace)
        {
            await shard.SlowDownAsync();
        }
        else if (!await shard.MakeSpaceAsync())
        {
            // Nothing came back: the next answer is final.
            _spaceTries = 0;
        }

        _wantsSpace = false;
        return await shard.AdmitAsync();
    }
}
