namespace Daos.Fabric.Xstreams.Scheduling;

/// <summary>
/// Notices ULTs that run too long between two waits. The clock is read once per group of items; after a slow group every item is timed
/// for a while, so that a repeated offender is named alone. Pauses of the garbage collector do not count. Allocates nothing. Owned by one xstream.
/// </summary>
internal sealed class Watchdog(Func<long> pausedNs)
{
    private readonly object?[] _subjects = new object?[Limits.ItemsPerReading];
    private long _groupStartNs;
    private long _groupStartPausedNs;
    private int _groupCount;
    private int _timedOneByOne;

    /// <summary>Slow slices seen.</summary>
    internal long SlowCount { get; private set; }

    /// <summary>The newest slow slice, or null.</summary>
    internal SlowSlice? LastSlow { get; private set; }

    internal void BeginTurn(long nowNs)
    {
        _groupStartNs = nowNs;
        _groupStartPausedNs = pausedNs();
        _groupCount = 0;
    }

    /// <summary>Notes an item that runs next.</summary>
    internal void Note(object subject) => _subjects[_groupCount++] = subject;

    /// <summary>True when the group is full and <see cref="EndGroup"/> is due.</summary>
    internal bool GroupIsFull => _groupCount == Limits.ItemsPerReading || _timedOneByOne > 0;

    /// <summary>Closes the group; returns a report when it was slow.</summary>
    internal SlowSlice? EndGroup(long nowNs)
    {
        SlowSlice? slow = null;
        if (nowNs - _groupStartNs > Limits.SliceMaxNs)
        {
            slow = Judge(nowNs - _groupStartNs);
        }
        else if (_timedOneByOne > 0)
        {
            _timedOneByOne--;
        }

        Array.Clear(_subjects, 0, _groupCount);
        _groupStartNs = nowNs;
        _groupCount = 0;
        return slow;
    }

    private SlowSlice? Judge(long elapsedNs)
    {
        long paused = pausedNs();
        long pausedInGroup = paused - _groupStartPausedNs;
        _groupStartPausedNs = paused;
        if (elapsedNs - pausedInGroup <= Limits.SliceMaxNs)
        {
            return null;
        }

        SlowCount++;
        _timedOneByOne = Limits.ItemsTimedAfterSlow;
        LastSlow = new SlowSlice(_subjects.AsSpan(0, _groupCount), elapsedNs - pausedInGroup, pausedInGroup);
        return LastSlow;
    }
}
