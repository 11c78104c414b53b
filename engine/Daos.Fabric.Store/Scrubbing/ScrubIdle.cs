namespace Daos.Fabric.Store.Scrubbing;

/// <summary>Tells whether nobody wants anything of the target: a count of what it does has stood still for a while. Owned by one xstream.</summary>
internal sealed class ScrubIdle(Func<long> count)
{
    /// <summary>Nothing for so long is idle, in ns: many times what an operation takes, far less than people notice.</summary>
    internal const long QuietNs = 10_000_000;

    private long _last = -1;
    private long _changedNs;

    /// <summary>How long to wait before the target may be called idle; 0 when it is.</summary>
    internal long WaitNs(long nowNs)
    {
        long now = count();
        if (now != _last)
        {
            _last = now;
            _changedNs = nowNs;
        }

        return Math.Max(0, _changedNs + QuietNs - nowNs);
    }
}
