namespace Daos.Fabric.Rpc.Swim;

/// <content>What arrives: who answered, and what is said about whom.</content>
public sealed partial class SwimProtocol
{
    /// <summary>A message with its updates arrived.</summary>
    /// <param name="nowNs">Monotonic time now.</param>
    /// <param name="from">The sender, whom a ping is answered also when it is no member: the answer tells it so.</param>
    /// <param name="message">The message.</param>
    /// <param name="updates">What it says about members, itself included.</param>
    public void Receive(long nowNs, Rank from, in SwimMessage message, ReadOnlySpan<SwimUpdate> updates)
    {
        if (from == Self)
        {
            Statistics.MessagesIgnored++;
            return;
        }

        SwimMember? sender = Find(from);
        if (sender is not null)
        {
            _heardNs = nowNs;
            MeasureDelay(sender, message, nowNs);
            ConcludeProbe(sender, message, nowNs);
        }

        // Who is held dead, or is no member, is believed when it speaks of us, or of somebody being alive, not when it buries others.
        bool isTrusted = sender is not null && sender.Status != SwimStatus.Dead;
        foreach (SwimUpdate update in updates)
        {
            Apply(update, from, isTrusted, nowNs);
        }

        Answer(from, sender, message, nowNs);
    }

    private void Answer(Rank from, SwimMember? sender, in SwimMessage message, long nowNs)
    {
        switch (message.Kind)
        {
            case SwimMessageKind.Ping:
                _host.Send(from, new SwimMessage(SwimMessageKind.Ack, Self, message.Sequence));
                break;
            case SwimMessageKind.PingRequest when sender is not null:
                Relay(from, message, nowNs);
                break;
            case SwimMessageKind.Ack when message.Target == from:
                AnswerRelays(from);
                break;
        }
    }

    private void Relay(Rank from, in SwimMessage message, long nowNs)
    {
        if (message.Target == Self)
        {
            _host.Send(from, new SwimMessage(SwimMessageKind.Ack, Self, message.Sequence));
            return;
        }

        if (Find(message.Target) is not { } target || _relays.Count == SwimLimits.RelaysMax)
        {
            Statistics.MessagesIgnored++;
            return;
        }

        bool isUnderWay = IsPingedForOthers(target.Rank);
        _relays.Add(new SwimRelay(target.Rank, from, message.Sequence, nowNs + Timeouts.PingNs));
        if (!isUnderWay)
        {
            Statistics.Relays++;
            Ping(target, nowNs);
        }
    }

    private bool IsPingedForOthers(Rank target)
    {
        foreach (SwimRelay relay in _relays)
        {
            if (relay.Target == target)
            {
                return true;
            }
        }

        return false;
    }

    private void AnswerRelays(Rank target)
    {
        for (int i = _relays.Count - 1; i >= 0; i--)
        {
            SwimRelay relay = _relays[i];
            if (relay.Target == target)
            {
                _relays.RemoveAt(i);
                _host.Send(relay.For, new SwimMessage(SwimMessageKind.Ack, target, relay.Sequence));
            }
        }
    }

    private void ConcludeProbe(SwimMember sender, in SwimMessage message, long nowNs)
    {
        // Any word from the target will do; hearsay only as the answer to this probe's question.
        bool isAnswer = message.Kind == SwimMessageKind.Ack && message.Sequence == _probeSequence && message.Target == _target?.Rank;
        if (_probe != SwimProbe.Idle && (sender == _target || isAnswer))
        {
            EndProbe();
            _dueNs = Math.Min(_dueNs, Math.Max(_nextTickNs, nowNs + 1));
        }
    }

    private void MeasureDelay(SwimMember sender, in SwimMessage message, long nowNs)
    {
        if (message.Kind != SwimMessageKind.Ack || message.Sequence != sender.PingSequence || sender.PingSequence == 0)
        {
            return;
        }

        sender.PingSequence = 0;
        long delayNs = (nowNs - sender.PingSentNs) / 2;
        sender.DelayNs = sender.DelayNs == 0 ? delayNs : (sender.DelayNs + delayNs) / 2;
        long overNs = Math.Max(delayNs, sender.DelayNs) - Timeouts.DelayMaxNs;
        if (overNs > 0)
        {
            Statistics.Glitches++;
            Timeouts.CountGlitch();
            sender.SuspicionEndsNs += overNs;
        }
        else if (Timeouts.CountGood())
        {
            Timeouts.Accommodate(AverageDelayNs());
        }
    }

    private long AverageDelayNs()
    {
        long sum = 0;
        int count = 0;
        foreach (SwimMember member in _ring)
        {
            sum += member.DelayNs;
            count += member.DelayNs > 0 ? 1 : 0;
        }

        return count == 0 ? 0 : sum / count;
    }

    private void Apply(in SwimUpdate update, Rank from, bool isTrusted, long nowNs)
    {
        if (update.Rank == Self)
        {
            Refute(update);
            return;
        }

        if (Find(update.Rank) is not { } member)
        {
            return;
        }

        switch (update.Status)
        {
            case SwimStatus.Alive:
                Believe(member, update.Incarnation);
                break;
            case SwimStatus.Suspect when isTrusted && IsNewerOr(member, update.Incarnation, SwimStatus.Alive):
                Suspect(member, update.Incarnation, from, nowNs);
                break;
            case SwimStatus.Dead when isTrusted && IsNewerOr(member, update.Incarnation, SwimStatus.Suspect):
                Bury(member, update.Incarnation);
                break;
        }
    }

    // A higher incarnation is always news. In the same one things only get worse: alive, suspect, dead.
    private static bool IsNewerOr(SwimMember member, ulong incarnation, SwimStatus worstBefore) =>
        member.Status != SwimStatus.Inactive
        && (incarnation > member.Incarnation || (incarnation == member.Incarnation && member.Status <= worstBefore));

    private void Refute(in SwimUpdate update)
    {
        if (update.Status is SwimStatus.Suspect or SwimStatus.Dead && update.Incarnation >= Incarnation)
        {
            Statistics.Refutations++;
            Incarnation = _host.NewIncarnation(update.Incarnation);
        }
    }

    private void Believe(SwimMember member, ulong incarnation)
    {
        if (member.Status != SwimStatus.Inactive && incarnation <= member.Incarnation)
        {
            return;
        }

        _suspects.Remove(member);
        Change(member, SwimStatus.Alive, Math.Max(incarnation, member.Incarnation));
    }

    private void Suspect(SwimMember member, ulong incarnation, Rank from, long nowNs)
    {
        if (member.Status != SwimStatus.Suspect)
        {
            _suspects.Add(member);
        }

        member.SuspectedBy = from;
        member.SuspicionEndsNs = nowNs + Timeouts.SuspicionNs;
        Change(member, SwimStatus.Suspect, incarnation);
    }

    private void Bury(SwimMember member, ulong incarnation)
    {
        _suspects.Remove(member);
        if (_target == member)
        {
            EndProbe();
        }

        Statistics.Deaths++;
        Change(member, SwimStatus.Dead, incarnation);
    }

    private void Change(SwimMember member, SwimStatus status, ulong incarnation)
    {
        SwimStatus before = member.Status;
        _down += (IsUp(before) ? 1 : 0) - (IsUp(status) ? 1 : 0);
        Statistics.Revivals += before == SwimStatus.Dead && status == SwimStatus.Alive ? 1 : 0;
        member.Status = status;
        member.Incarnation = incarnation;

        // That a member finished its start is not worth telling everybody.
        if (before != SwimStatus.Inactive)
        {
            _news.Announce(member);
        }

        if (before != status)
        {
            _host.StatusChanged(member.Update, before);
        }
    }
}
