namespace Daos.Fabric.Rpc.Swim;

/// <summary>
/// The timeouts in force: the options, adapted to a network that answers late. Owned by its <see cref="SwimProtocol"/>.
/// </summary>
internal sealed class SwimTimeouts(SwimOptions options)
{
    private int _glitches;
    private int _good;

    internal long PeriodNs { get; private set; } = options.ProtocolPeriodNs;

    internal long PingNs { get; private set; } = options.PingTimeoutNs;

    internal long SuspicionNs { get; private set; } = options.SuspicionTimeoutNs;

    /// <summary>How often the timeouts are doubled now.</summary>
    internal int Doublings { get; private set; }

    /// <summary>The one-way delay above which an answer counts as a glitch.</summary>
    internal long DelayMaxNs => PingNs * 2 / 3;

    /// <summary>How long nothing may be heard before it is our own network that is suspected.</summary>
    internal long SilenceMaxNs => SuspicionNs * 2 / 3;

    /// <summary>How long a member may take to answer, by what it took so far.</summary>
    internal long PingNsFor(SwimMember member)
    {
        long ns = member.DelayNs * 2;
        return ns < PingNs || ns > 3 * PingNs ? PingNs : ns;
    }

    /// <summary>An answer came late.</summary>
    internal void CountGlitch()
    {
        _glitches++;
        if (_glitches > SwimLimits.GlitchesMax)
        {
            _glitches = 0;
            SetDoublings(Math.Min(Doublings + 1, SwimLimits.DoublingsMax));
        }
    }

    /// <summary>An answer came in time; true when it is time to <see cref="Accommodate"/>.</summary>
    internal bool CountGood()
    {
        _good++;
        if (_good < SwimLimits.GoodAnswers)
        {
            return false;
        }

        _good = 0;
        _glitches = 0;
        SetDoublings(Math.Max(Doublings - 1, 0));
        return true;
    }

    /// <summary>Fits the ping timeout to the average delay, between the option and a third of the suspicion timeout.</summary>
    internal void Accommodate(long averageDelayNs)
    {
        long ns = Math.Clamp(2 * averageDelayNs, options.PingTimeoutNs << Doublings, SuspicionNs / 3);
        if (Math.Abs(ns - PingNs) > PingNs / 32)
        {
            PingNs = ns;
        }
    }

    private void SetDoublings(int doublings)
    {
        Doublings = doublings;
        PeriodNs = options.ProtocolPeriodNs << doublings;
        PingNs = options.PingTimeoutNs << doublings;
        SuspicionNs = options.SuspicionTimeoutNs << doublings;
    }
}
