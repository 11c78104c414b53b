using Daos.Fabric.Rpc.Swim;

namespace Daos.Fabric.Rpc.Tests.Swim;

/// <summary>The rules of the failure detector, one at a time: rank 0 among ranks 0 to 5.</summary>
public sealed class SwimProtocolTests
{
    private const long Second = 1_000_000_000;

    private readonly RecordingHost _host = new();
    private readonly SwimProtocol _swim;
    private long _nowNs = 100 * Second;

    public SwimProtocolTests()
    {
        _swim = Make(_host);
        for (uint rank = 1; rank <= 5; rank++)
        {
            Assert.True(_swim.Add(new Rank(rank), 10));
        }
    }

    [Theory]
    [InlineData(SwimStatus.Alive, SwimStatus.Alive, 10, SwimStatus.Alive, 10)]
    [InlineData(SwimStatus.Alive, SwimStatus.Alive, 11, SwimStatus.Alive, 11)]
    [InlineData(SwimStatus.Alive, SwimStatus.Suspect, 9, SwimStatus.Alive, 10)]
    [InlineData(SwimStatus.Alive, SwimStatus.Suspect, 10, SwimStatus.Suspect, 10)]
    [InlineData(SwimStatus.Alive, SwimStatus.Dead, 9, SwimStatus.Alive, 10)]
    [InlineData(SwimStatus.Alive, SwimStatus.Dead, 10, SwimStatus.Dead, 10)]
    [InlineData(SwimStatus.Suspect, SwimStatus.Alive, 10, SwimStatus.Suspect, 10)]
    [InlineData(SwimStatus.Suspect, SwimStatus.Alive, 11, SwimStatus.Alive, 11)]
    [InlineData(SwimStatus.Suspect, SwimStatus.Suspect, 11, SwimStatus.Suspect, 11)]
    [InlineData(SwimStatus.Suspect, SwimStatus.Dead, 10, SwimStatus.Dead, 10)]
    [InlineData(SwimStatus.Dead, SwimStatus.Alive, 10, SwimStatus.Dead, 10)]
    [InlineData(SwimStatus.Dead, SwimStatus.Alive, 11, SwimStatus.Alive, 11)]
    [InlineData(SwimStatus.Dead, SwimStatus.Suspect, 10, SwimStatus.Dead, 10)]
    [InlineData(SwimStatus.Dead, SwimStatus.Suspect, 11, SwimStatus.Suspect, 11)]
    public void Hear_AboutAnother_HigherIncarnationWinsElseItGetsWorse(SwimStatus held, SwimStatus heard, ulong incarnation, SwimStatus then, ulong thenIncarnation)
    {
        Hear(1, new SwimUpdate(new Rank(2), held, 10));
        Hear(1, new SwimUpdate(new Rank(2), heard, incarnation));
        Assert.Equal(new SwimUpdate(new Rank(2), then, thenIncarnation), StateOf(2));
    }

    [Theory]
    [InlineData(SwimStatus.Suspect, 7, 8)]
    [InlineData(SwimStatus.Dead, 7, 8)]
    [InlineData(SwimStatus.Dead, 20, 21)]
    [InlineData(SwimStatus.Suspect, 6, 7)]
    [InlineData(SwimStatus.Alive, 99, 7)]
    public void Hear_AboutMyself_RefutesOnce(SwimStatus status, ulong incarnation, ulong mine)
    {
        Hear(1, new SwimUpdate(new Rank(0), status, incarnation));
        Hear(2, new SwimUpdate(new Rank(0), status, incarnation));
        Assert.Equal(mine, _swim.Incarnation);
        Assert.Equal(mine == 7 ? 0 : 1, _swim.Statistics.Refutations);
        Assert.Equal(new SwimUpdate(new Rank(0), SwimStatus.Alive, mine), Collect(3, 3)[0]);
    }

    [Fact]
    public void Hear_FromTheDeadAndFromStrangers_TheyBuryNobodyButAreAnswered()
    {
        Hear(1, new SwimUpdate(new Rank(5), SwimStatus.Dead, 10));
        _host.Sent.Clear();
        Receive(5, SwimMessageKind.Ping, 0, 77, new SwimUpdate(new Rank(2), SwimStatus.Dead, 50), new SwimUpdate(new Rank(3), SwimStatus.Alive, 50));
        Receive(9, SwimMessageKind.Ping, 0, 78, new SwimUpdate(new Rank(2), SwimStatus.Suspect, 50), new SwimUpdate(new Rank(0), SwimStatus.Dead, 7));
        Assert.Equal(SwimStatus.Alive, StateOf(2).Status);
        Assert.Equal(50ul, StateOf(3).Incarnation);
        Assert.Equal(8ul, _swim.Incarnation);
        Assert.Equal((new Rank(5), new SwimMessage(SwimMessageKind.Ack, new Rank(0), 77)), _host.Sent[0]);
        Assert.Equal((new Rank(9), new SwimMessage(SwimMessageKind.Ack, new Rank(0), 78)), _host.Sent[1]);

        // The dead one is told that it is dead, so that it can refute.
        Assert.Contains(new SwimUpdate(new Rank(5), SwimStatus.Dead, 10), Collect(5, 0));
    }

    [Fact]
    public void Inactive_IsNeitherSuspectedNorBuriedNorGossiped_UntilItIsHeard()
    {
        Assert.True(_swim.Add(new Rank(6), 0, SwimStatus.Inactive));
        Assert.False(_swim.Add(new Rank(6)));
        Assert.Equal(6, _swim.UpCount);
        Hear(1, new SwimUpdate(new Rank(6), SwimStatus.Suspect, 5), new SwimUpdate(new Rank(6), SwimStatus.Dead, 5));
        Run(300);
        Assert.Equal(SwimStatus.Inactive, StateOf(6).Status);
        Assert.DoesNotContain(_host.Sent, s => s.Message is { Kind: SwimMessageKind.PingRequest, Target.Value: 6 });
        Hear(6, new SwimUpdate(new Rank(6), SwimStatus.Alive, 3));
        Assert.Equal(SwimStatus.Alive, StateOf(6).Status);
        Assert.DoesNotContain(Collect(1, 1), u => u.Rank.Value == 6);
    }

    [Fact]
    public void Silence_OfOne_AsksTwoOthersThenSuspectsThenBuries()
    {
        long suspectedNs = 0;
        Run(60, answers: rank => rank != 4, onStep: () => suspectedNs = suspectedNs == 0 && StateOf(4).Status == SwimStatus.Suspect ? _nowNs : suspectedNs);
        Assert.Equal(SwimStatus.Dead, StateOf(4).Status);
        Assert.True(suspectedNs > 0);
        (SwimUpdate Now, SwimStatus Before)[] changes = [.. _host.Changes];
        Assert.Equal([SwimStatus.Suspect, SwimStatus.Dead], changes.Select(c => c.Now.Status));
        Rank[] helpers = [.. _host.Sent.Where(s => s.Message.Kind == SwimMessageKind.PingRequest).Select(s => s.To).Take(2)];
        Assert.Equal(2, helpers.Distinct().Count());
        Assert.All(_host.Sent.Where(s => s.Message.Kind == SwimMessageKind.PingRequest), s => Assert.Equal(4u, s.Message.Target.Value));
        Assert.Equal(1, _swim.Statistics.Deaths);
    }

    [Fact]
    public void AnswerOverAnother_EndsTheProbeWithoutSuspicion()
    {
        Run(60, answers: rank => rank != 4, onSent: (to, message) =>
        {
            if (message.Kind == SwimMessageKind.PingRequest)
            {
                Receive(to.Value, SwimMessageKind.Ack, 4, message.Sequence);
            }
        });
        Assert.Equal(SwimStatus.Alive, StateOf(4).Status);
        Assert.True(_swim.Statistics.PingRequests > 0);
        Assert.Equal(0, _swim.Statistics.Suspicions);
    }

    [Fact]
    public void Hearsay_IsCheckedWithItsOriginBeforeTheBurial()
    {
        Hear(1, new SwimUpdate(new Rank(2), SwimStatus.Suspect, 10));
        Run(20, answers: rank => rank != 2);
        _host.Sent.Clear();
        _swim.Progress(_nowNs);
        Assert.Contains(_host.Sent, s => s.To.Value == 1 && s.Message is { Kind: SwimMessageKind.PingRequest, Target.Value: 2 });
        Assert.Contains(_host.Sent, s => s.To.Value == 2 && s.Message.Kind == SwimMessageKind.Ping);
        Assert.Equal(SwimStatus.Suspect, StateOf(2).Status);
        Run(2, answers: rank => rank != 2);
        Assert.Equal(SwimStatus.Dead, StateOf(2).Status);
    }

    [Fact]
    public void PingRequest_PingsOnceForManyAndAnswersEach_AndForgetsInTime()
    {
        Receive(1, SwimMessageKind.PingRequest, 3, 11);
        Receive(2, SwimMessageKind.PingRequest, 3, 12);
        Assert.Equal([(new Rank(3), SwimMessageKind.Ping)], _host.Sent.Select(s => (s.To, s.Message.Kind)));
        uint sequence = _host.Sent[0].Message.Sequence;
        _host.Sent.Clear();
        Receive(3, SwimMessageKind.Ack, 3, sequence);
        Assert.Equal(
            [(new Rank(1), new SwimMessage(SwimMessageKind.Ack, new Rank(3), 11)), (new Rank(2), new SwimMessage(SwimMessageKind.Ack, new Rank(3), 12))],
            _host.Sent.OrderBy(s => s.To.Value));

        Receive(1, SwimMessageKind.PingRequest, 3, 13);
        Run(2, answers: _ => false);
        _host.Sent.Clear();
        Receive(3, SwimMessageKind.Ack, 3, 99);
        Assert.DoesNotContain(_host.Sent, s => s.Message.Kind == SwimMessageKind.Ack);

        _host.Sent.Clear();
        Receive(1, SwimMessageKind.PingRequest, 0, 14);
        Assert.Equal((new Rank(1), new SwimMessage(SwimMessageKind.Ack, new Rank(0), 14)), Assert.Single(_host.Sent));
    }

    [Fact]
    public void PingRequests_AboveTheLimit_AreNotServed()
    {
        for (uint i = 0; i < SwimLimits.RelaysMax + 5; i++)
        {
            Receive(1, SwimMessageKind.PingRequest, 3, i + 1);
        }

        Receive(1, SwimMessageKind.PingRequest, 99, 1);
        Assert.Equal(6, _swim.Statistics.MessagesIgnored);
    }

    [Fact]
    public void News_AreBoundedPerMessageAndInTransmissions_NewestFirst()
    {
        for (uint rank = 6; rank < 40; rank++)
        {
            Assert.True(_swim.Add(new Rank(rank), 1));
            Hear(1, new SwimUpdate(new Rank(rank), SwimStatus.Suspect, 1));
        }

        SwimUpdate[] first = Collect(2, 2);
        Assert.Equal(2 + 8, first.Length);
        Assert.Equal(Enumerable.Range(0, 8).Select(i => (uint)(39 - i)), first[2..].Select(u => u.Rank.Value));
        int entries = 8;
        int messages = 1;
        while (Collect(2, 2).Length is var length and > 2)
        {
            entries += length - 2;
            Assert.True(++messages < 1000, "news never grow old");
        }

        Assert.Equal(34 * 50, entries);
    }

    [Fact]
    public void Remove_ForgetsTheMemberEverywhere()
    {
        Hear(1, new SwimUpdate(new Rank(2), SwimStatus.Suspect, 10));
        Assert.True(_swim.Remove(new Rank(2)));
        Assert.False(_swim.Remove(new Rank(2)));
        Assert.False(_swim.TryGet(new Rank(2), out _));
        Hear(1, new SwimUpdate(new Rank(2), SwimStatus.Dead, 10));
        Run(60);
        Assert.DoesNotContain(_host.Changes, c => c.Now.Status == SwimStatus.Dead);
        Assert.DoesNotContain(Collect(1, 1), u => u.Rank.Value == 2);
        Assert.Equal(5, _swim.UpCount);
    }

    [Fact]
    public void Run_AfterWarmUp_AllocatesNothing()
    {
        var host = new QuietHost();
        SwimProtocol swim = Make(host);
        host.Protocol = swim;
        for (uint rank = 1; rank <= 16; rank++)
        {
            swim.Add(new Rank(rank), 1);
        }

        host.Drive(_nowNs, 2_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        host.Drive(_nowNs + (2_000 * Second), 2_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(swim.Statistics.Suspicions > 10);
    }

    [Theory]
    [InlineData(1_000_000_000, 1_100_000_000, 20_000_000_000, 2)]
    [InlineData(1_000_000_000, 900_000_000, 1_000_000_000, 2)]
    [InlineData(1_000_000_000, 900_000_000, 20_000_000_000, 17)]
    public void Options_OutOfRange_AreRefusedByName(long periodNs, long pingNs, long suspicionNs, int subgroup)
    {
        var options = new SwimOptions { ProtocolPeriodNs = periodNs, PingTimeoutNs = pingNs, SuspicionTimeoutNs = suspicionNs, SubgroupSize = subgroup };
        Assert.Contains("must be from", Assert.Throws<ArgumentOutOfRangeException>(options.Validate).Message, StringComparison.Ordinal);
    }

    private static SwimProtocol Make(ISwimHost host) => new(new Rank(0), 7, new SwimOptions(), new SeededRandom(5), host, 100 * Second);

    private SwimUpdate StateOf(uint rank)
    {
        Assert.True(_swim.TryGet(new Rank(rank), out SwimUpdate state));
        return state;
    }

    private SwimUpdate[] Collect(uint to, uint target)
    {
        var room = new SwimUpdate[SwimLimits.UpdatesMax];
        return room[.._swim.Collect(new Rank(to), new Rank(target), room)];
    }

    private void Hear(uint from, params SwimUpdate[] updates) => Receive(from, SwimMessageKind.Ack, from, 0, updates);

    private void Receive(uint from, SwimMessageKind kind, uint target, uint sequence, params SwimUpdate[] updates) =>
        _swim.Receive(_nowNs, new Rank(from), new SwimMessage(kind, new Rank(target), sequence), updates);

    // Time goes on in steps of 50 ms; pings are answered at the next step.
    private void Run(int seconds, Func<uint, bool>? answers = null, Action<Rank, SwimMessage>? onSent = null, Action? onStep = null)
    {
        long endNs = _nowNs + (seconds * Second);
        while (_nowNs < endNs)
        {
            int sent = _host.Sent.Count;
            _swim.Progress(_nowNs);
            _nowNs += Second / 20;
            foreach ((Rank to, SwimMessage message) in _host.Sent.ToArray().Skip(sent))
            {
                onSent?.Invoke(to, message);
                if (message.Kind == SwimMessageKind.Ping && answers?.Invoke(to.Value) != false)
                {
                    Receive(to.Value, SwimMessageKind.Ack, to.Value, message.Sequence);
                }
            }

            onStep?.Invoke();
        }
    }

    /// <summary>Answers most pings, so that suspicions come and are refuted, and allocates nothing itself.</summary>
    private sealed class QuietHost : ISwimHost
    {
        private readonly SwimUpdate[] _room = new SwimUpdate[SwimLimits.UpdatesMax];
        private readonly SwimUpdate[] _said = new SwimUpdate[1];
        private readonly (Rank To, SwimMessage Message)[] _sent = new (Rank, SwimMessage)[256];
        private readonly SeededRandom _random = new(9);
        private ulong _incarnation = 1;
        private int _count;

        internal SwimProtocol Protocol { get; set; } = null!;

        public void Send(Rank to, in SwimMessage message)
        {
            Protocol.Collect(to, message.Target, _room);
            _sent[_count++] = (to, message);
        }

        public ulong NewIncarnation(ulong above) => above + 1;

        public void StatusChanged(in SwimUpdate now, SwimStatus before)
        {
        }

        internal void Drive(long fromNs, int seconds)
        {
            for (long nowNs = fromNs; nowNs < fromNs + (seconds * Second); nowNs += Second / 4)
            {
                Protocol.Progress(nowNs);
                int count = _count;
                _count = 0;
                for (int i = 0; i < count; i++)
                {
                    Answer(_sent[i].To, _sent[i].Message, nowNs);
                }

                _count = 0;
            }
        }

        private void Answer(Rank rank, SwimMessage message, long nowNs)
        {
            if (message.Kind == SwimMessageKind.Ping && !_random.Chance(0.3))
            {
                _said[0] = new SwimUpdate(rank, SwimStatus.Alive, ++_incarnation);
                Protocol.Receive(nowNs, rank, new SwimMessage(SwimMessageKind.Ack, rank, message.Sequence), _said);
            }
        }
    }
}
