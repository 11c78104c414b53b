namespace Daos.Fabric.Store.Io;

/// <summary>What an update waits for before its transaction: room in the log, and space.</summary>
public sealed partial class UpdatePlan
{
    // Space that came back may be taken by others before the plan tries again, but not for ever.
    private const int SpaceTriesMax = 16;

    /// <summary>
    /// Waits until <see cref="Commit"/> may be called, with nothing awaited in between: for room in the log and the clock's ceiling
    /// (<see cref="StoreShard.AdmitAsync"/>); once for a moment while space is tight; and after a commit that found no space until some has
    /// come back. A plan that is committed without this hears DER_NOSPACE at once. DER_IO, DER_SHUTDOWN.
    /// </summary>
    public ValueTask<DerCode> AdmitAsync()
    {
        bool isFirst = !_wasAdmitted;
        if (isFirst)
        {
            _wasAdmitted = true;
            _spaceTries = SpaceTriesMax;
        }

        return _wantsSpace || (isFirst && _store.Shard.SlowsUpdates) ? AdmitSlowlyAsync() : _store.Shard.AdmitAsync();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> AdmitSlowlyAsync()
    {
        if (!_wantsSpace)
        {
            await _store.Shard.SlowDownAsync();
        }
        else if (!await _store.Shard.MakeSpaceAsync())
        {
            // Nothing came back: the next answer is final.
            _spaceTries = 0;
        }

        _wantsSpace = false;
        return await _store.Shard.AdmitAsync();
    }
}
