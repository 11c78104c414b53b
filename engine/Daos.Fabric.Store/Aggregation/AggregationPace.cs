namespace Daos.Fabric.Store.Aggregation;

/// <summary>
/// How fast background walks go through a shard (DAOS: the rate control of its aggregation): as fast as with space short while nobody else
/// wants anything of the target; while clients are busy in small slices, with a pause behind each of them that is a multiple of what it
/// took, so that a merge, which reads and writes a mebibyte, makes way for longer than a look at a few records. Owned by one xstream.
/// </summary>
internal sealed class AggregationPace
{
    /// <summary>Nobody wanted anything for so long: idle, in ns. The scrubber waits as long.</summary>
    internal const long QuietNs = Scrubbing.ScrubIdle.QuietNs;

    private long _lastCount = -1;
    private long _changedNs;
    private long _resumedNs = -1;
    private bool _isIdle;

    /// <summary>True for large slices.</summary>
    /// <param name="isShort">Space is short: clients wait for what comes back.</param>
    internal bool IsTight(bool isShort) => isShort || _isIdle;

    /// <summary>A slice has ended: how long to let others run, in ns.</summary>
    /// <param name="nowNs">The time.</param>
    /// <param name="foregroundCount">A count that grows with what others want of the target.</param>
    /// <param name="isShort">As for <see cref="IsTight"/>.</param>
    internal long PauseNs(long nowNs, long foregroundCount, bool isShort)
    {
        if (foregroundCount != _lastCount)
        {
            _lastCount = foregroundCount;
            _changedNs = nowNs;
        }

        _isIdle = nowNs - _changedNs >= QuietNs;
        if (IsTight(isShort))
        {
            return AggregationLimits.TightPauseNs;
        }

        long workedNs = _resumedNs < 0 ? 0 : nowNs - _resumedNs;
        return Math.Clamp(workedNs * AggregationLimits.BusyPauseFactor, AggregationLimits.SlackPauseNs, AggregationLimits.BusyPauseMaxNs);
    }

    /// <summary>The pause is over.</summary>
    internal void Resume(long nowNs) => _resumedNs = nowNs;
}
