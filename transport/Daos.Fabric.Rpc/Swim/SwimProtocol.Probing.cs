namespace Daos.Fabric.Rpc.Swim;

/// <content>Time: the probe of the period, suspicions that end, and when not to believe one's own timers.</content>
public sealed partial class SwimProtocol
{
    private readonly List<SwimMember> _suspects = [];
    private readonly List<SwimRelay> _relays = [];
    private SwimProbe _probe;
    private SwimMember? _target;
    private uint _probeSequence;
    private uint _sequence;
    private int _position;
    private int _periods;
    private long _probeEndsNs;
    private long _nextTickNs;
    private long _dueNs;
    private long _heardNs;

    /// <summary>When <see cref="Progress"/> wants to be called next; a message may bring it forward.</summary>
    public long DueNs => _dueNs;

    /// <summary>Does what is due. Calls may come early; one that comes late finds all deadlines moved.</summary>
    public void Progress(long nowNs)
    {
        ForgiveLateness(nowNs);
        ForgiveSilence(nowNs);
        EndSuspicions(nowNs);
        EndRelays(nowNs);
        AdvanceProbe(nowNs);
        _dueNs = NextDueNs(nowNs);
    }

    // A thread that slept through its timer did not hear the answers either.
    private void ForgiveLateness(long nowNs)
    {
        long lateNs = nowNs - _dueNs;
        if (lateNs > Timeouts.PingNs / 3)
        {
            Statistics.Stalls++;
            Postpone(lateNs);
            _heardNs += lateNs;
        }
    }

    // When nobody at all is heard it is our own network that is down: then nobody dies here, and the others may not agree.
    private void ForgiveSilence(long nowNs)
    {
        long silentNs = nowNs - _heardNs;
        if (UpCount > 2 && silentNs > Timeouts.SilenceMaxNs)
        {
            Statistics.Outages++;
            Postpone(silentNs);
            _heardNs = nowNs;
        }
    }

    private void Postpone(long ns)
    {
        foreach (SwimMember member in _suspects)
        {
            member.SuspicionEndsNs += ns;
        }

        Span<SwimRelay> relays = CollectionsMarshal.AsSpan(_relays);
        for (int i = 0; i < relays.Length; i++)
        {
            relays[i] = relays[i] with { EndsNs = relays[i].EndsNs + ns };
        }

        _probeEndsNs += ns;
    }

    private void EndSuspicions(long nowNs)
    {
        for (int i = _suspects.Count - 1; i >= 0; i--)
        {
            SwimMember member = _suspects[i];
            if (nowNs < member.SuspicionEndsNs)
            {
                continue;
            }

            if (member.SuspectedBy == Self)
            {
                Bury(member, member.Incarnation);
                continue;
            }

            // Hearsay: the one who said it is asked once more, and so is the member itself.
            SwimMember? origin = Find(member.SuspectedBy);
            member.SuspectedBy = Self;
            member.SuspicionEndsNs = nowNs + Timeouts.PingNs;
            if (origin is { Status: SwimStatus.Alive })
            {
                AskToPing(origin, member, NextSequence());
            }

            Ping(member, nowNs);
        }
    }

    private void EndRelays(long nowNs)
    {
        for (int i = _relays.Count - 1; i >= 0; i--)
        {
            if (nowNs >= _relays[i].EndsNs)
            {
                _relays.RemoveAt(i);
            }
        }
    }

    private void AdvanceProbe(long nowNs)
    {
        if (_probe == SwimProbe.Direct && nowNs >= _probeEndsNs)
        {
            AskOthers(nowNs);
        }

        if (_probe == SwimProbe.Indirect && nowNs >= _probeEndsNs)
        {
            SwimMember target = _target!;
            EndProbe();
            if (target.Status == SwimStatus.Alive)
            {
                Statistics.Suspicions++;
                Suspect(target, target.Incarnation, Self, nowNs);
            }
        }

        if (_probe == SwimProbe.Idle && nowNs >= _nextTickNs)
        {
            _nextTickNs = nowNs + Timeouts.PeriodNs;
            StartProbe(nowNs);
        }
    }

    private void StartProbe(long nowNs)
    {
        _periods++;
        if (_periods % _options.DeadProbePeriods == 0)
        {
            PingOneDead(nowNs);
        }

        if (NextTarget() is not { } target)
        {
            return;
        }

        _target = target;
        _probe = SwimProbe.Direct;
        _probeEndsNs = nowNs + Timeouts.PingNsFor(target);
        Ping(target, nowNs);
        _probeSequence = target.PingSequence;
    }

    // Round after round, each in a new order, so that every member is pinged once within two rounds at most.
    private SwimMember? NextTarget()
    {
        for (int tries = _ring.Count; tries > 0; tries--)
        {
            if (_position >= _ring.Count)
            {
                _position = 0;
                Shuffle();
            }

            SwimMember member = _ring[_position++];
            if (member.Status != SwimStatus.Dead)
            {
                return member;
            }
        }

        return null;
    }

    private void Shuffle()
    {
        for (int i = _ring.Count - 1; i > 0; i--)
        {
            int j = _random.Next(i + 1);
            (_ring[i], _ring[j]) = (_ring[j], _ring[i]);
        }
    }

    private void PingOneDead(long nowNs)
    {
        int start = _ring.Count == 0 ? 0 : _random.Next(_ring.Count);
        for (int i = 0; i < _ring.Count; i++)
        {
            SwimMember member = _ring[(start + i) % _ring.Count];
            if (member.Status == SwimStatus.Dead)
            {
                Ping(member, nowNs);
                return;
            }
        }
    }

    private void Ping(SwimMember member, long nowNs)
    {
        Statistics.Pings++;
        member.PingSequence = NextSequence();
        member.PingSentNs = nowNs;
        _host.Send(member.Rank, new SwimMessage(SwimMessageKind.Ping, member.Rank, member.PingSequence));
    }

    private void AskOthers(long nowNs)
    {
        SwimMember target = _target!;
        _probe = SwimProbe.Indirect;

        // A member that still starts is not talked about.
        if (target.Status == SwimStatus.Inactive)
        {
            return;
        }

        int asked = 0;
        int start = _random.Next(_ring.Count);
        for (int i = 0; i < _ring.Count && asked < _options.SubgroupSize; i++)
        {
            SwimMember helper = _ring[(start + i) % _ring.Count];
            if (helper != target && helper.Status == SwimStatus.Alive)
            {
                AskToPing(helper, target, _probeSequence);
                asked++;
            }
        }

        if (asked > 0)
        {
            _probeEndsNs = nowNs + (2 * Timeouts.PingNsFor(target));
        }
    }

    private void AskToPing(SwimMember helper, SwimMember target, uint sequence)
    {
        Statistics.PingRequests++;
        _host.Send(helper.Rank, new SwimMessage(SwimMessageKind.PingRequest, target.Rank, sequence));
    }

    private void EndProbe()
    {
        _probe = SwimProbe.Idle;
        _target = null;
    }

    // 0 means that no answer is waited for.
    private uint NextSequence()
    {
        _sequence++;
        if (_sequence == 0)
        {
            _sequence = 1;
        }

        return _sequence;
    }

    private long NextDueNs(long nowNs)
    {
        long dueNs = Math.Min(nowNs + Timeouts.PeriodNs, _probe == SwimProbe.Idle ? _nextTickNs : _probeEndsNs);
        foreach (SwimMember member in _suspects)
        {
            dueNs = Math.Min(dueNs, member.SuspicionEndsNs);
        }

        return Math.Max(dueNs, nowNs + 1);
    }
}
