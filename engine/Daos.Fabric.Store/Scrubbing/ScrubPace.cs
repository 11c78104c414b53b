namespace Daos.Fabric.Store.Scrubbing;

/// <summary>
/// How fast a timed pass may go: what it has done of what it expects to do is what has passed of its time, and never more than so many
/// bytes per second. Owned by one xstream.
/// </summary>
internal sealed class ScrubPace(long passNs, long bytesPerSecondMax)
{
    // A scrub that was held back goes on at its rate: it does not make up for more than this in one go.
    private const long CatchUpNs = 100_000_000;

    // What is smaller costs as much to find: a value counts as a block.
    private const long ValueBytesMin = 4096;

    private long _startNs;
    private long _rateStartNs;
    private long _rateBytes;
    private long _lastBytes;
    private long _lastUsedBytes;
    private long _bytes;
    private long _usedBytes;

    /// <summary>A pass begins.</summary>
    internal void Begin(long nowNs)
    {
        _startNs = nowNs;
        _rateStartNs = nowNs;
        _rateBytes = 0;
        _bytes = 0;
    }

    /// <summary>So much of one value was done.</summary>
    internal void Add(long bytes)
    {
        _bytes += bytes;
        _rateBytes += Math.Max(bytes, ValueBytesMin);
    }

    /// <summary>A pass ended: the next one expects as much, and what comes into use until then.</summary>
    internal void End()
    {
        _lastBytes = _bytes;
        _lastUsedBytes = _usedBytes;
    }

    /// <summary>How long to wait before the next slice.</summary>
    /// <param name="nowNs">The time.</param>
    /// <param name="usedBytes">Bytes that the shard's tiers hold now, from which follows how much the pass will have to read.</param>
    internal long WaitNs(long nowNs, long usedBytes)
    {
        _usedBytes = usedBytes;
        long expected = _lastBytes + Math.Max(0, usedBytes - _lastUsedBytes);

        // What is more than expected is done without waiting once the pass's time is over, and the next pass knows of it.
        long dueNs = expected == 0 ? nowNs : _startNs + (long)(passNs * Math.Min(1, (double)_bytes / expected));
        return Math.Max(RateWaitNs(nowNs), Math.Max(0, dueNs - nowNs));
    }

    private long RateWaitNs(long nowNs)
    {
        if (bytesPerSecondMax == 0)
        {
            return 0;
        }

        long dueNs = _rateStartNs + (long)(_rateBytes * (1e9 / bytesPerSecondMax));
        if (nowNs - dueNs > CatchUpNs)
        {
            _rateStartNs = nowNs - CatchUpNs;
            _rateBytes = 0;
            dueNs = _rateStartNs;
        }

        return Math.Max(0, dueNs - nowNs);
    }
}
