using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Rpc.Dispatch;
using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Rpc.Requests;

namespace Daos.Fabric.Rpc.Swim;

/// <summary>
/// Runs <see cref="SwimProtocol"/> for the primary group over one-way requests to tag 1, and publishes to the group who is alive and who
/// is dead. Owned by the loop of its context, which serves tag 1; made before the loop runs.
/// </summary>
public sealed class SwimService : ISwimHost, IDisposable
{
    private readonly RpcContext _context;
    private readonly PrimaryGroup _group;
    private readonly HybridLogicalClock _hlc;
    private readonly SwimProtocol _protocol;
    private readonly SwimTimer _timer;
    private readonly MembershipSubscription _subscription;
    private readonly Dictionary<uint, GroupMember> _watched = [];
    private readonly Dictionary<uint, GroupMember> _former = [];
    private readonly SwimUpdate[] _updates = new SwimUpdate[SwimLimits.UpdatesMax];
    private bool _running;
    private int _sending;
    private uint _excludedIn;

    /// <param name="context">The context that serves tag 1, of a process that has a rank when <see cref="Start"/> is called.</param>
    /// <param name="group">Who is watched, and who is told.</param>
    /// <param name="hlc">Incarnations come from it, so that a later life has a higher one.</param>
    /// <param name="options">Parameters.</param>
    /// <param name="random">Owned by the service from now on.</param>
    public SwimService(RpcContext context, PrimaryGroup group, HybridLogicalClock hlc, SwimOptions options, SeededRandom random)
    {
        _context = context;
        _group = group;
        _hlc = hlc;
        _protocol = new SwimProtocol(group.Self, NewIncarnation(0), options, random, this, context.Loop.Clock.MonotonicNs);
        _timer = new SwimTimer(this);
        context.Register(new RpcProtocol(SwimOpcodes.ModuleId, SwimOpcodes.Version, "swim",
        [
            Row(SwimMessageKind.Ping, "SWIM_PING"),
            Row(SwimMessageKind.PingRequest, "SWIM_IREQ"),
            Row(SwimMessageKind.Ack, "SWIM_ACK"),
        ]));
        _subscription = group.Subscribe(context.Loop, OnMembership);
    }

    /// <summary>This rank's incarnation.</summary>
    public ulong Incarnation => _protocol.Incarnation;

    /// <summary>Running totals.</summary>
    public SwimStatistics Statistics => _protocol.Statistics;

    /// <summary>Members that are alive or suspected, this one included.</summary>
    public int UpCount => _protocol.UpCount;

    /// <summary>Begins to watch; on the loop's thread.</summary>
    public void Start()
    {
        _context.Loop.Assert();
        Invariant.Check(_group.Self != Rank.None);
        if (_protocol.Self == Rank.None)
        {
            _protocol.Begin(_group.Self, _context.Loop.Clock.MonotonicNs);
        }

        _running = true;
        FollowGroup();
    }

    /// <summary>What a rank is held to be; false for one that is not watched.</summary>
    public bool TryGet(Rank rank, out SwimUpdate state) => _protocol.TryGet(rank, out state);

    /// <summary>Stops to watch; on the loop's thread, or after the loop stopped. Messages are ignored from now on.</summary>
    public void Dispose()
    {
        if (_running)
        {
            using OwnerThread.EnterScope scope = _context.Loop.Enter();
            _running = false;
            _context.Loop.Reactor.Timers.Disarm(_timer);
        }

        _subscription.Dispose();
    }

    void ISwimHost.Send(Rank to, in SwimMessage message)
    {
        DerResult<RpcEndpoint> endpoint = EndpointOf(to);
        if (!endpoint.IsSuccess || _sending == SwimLimits.SendsMax || _context.IsDisposed || _context.CallsRented == RpcLimits.CallsMax)
        {
            Statistics.SendsDropped++;
            return;
        }

        _sending++;
        _context.Loop.Spawn(SendAsync(endpoint.Value, to, message));
    }

    ulong ISwimHost.NewIncarnation(ulong above) => NewIncarnation(above);

    void ISwimHost.StatusChanged(in SwimUpdate now, SwimStatus before)
    {
        // A suspicion is nobody else's matter, and that it was refuted is no news either.
        if (now.Status == SwimStatus.Dead || before is SwimStatus.Dead or SwimStatus.Inactive)
        {
            MembershipKind kind = now.Status == SwimStatus.Dead ? MembershipKind.Dead : MembershipKind.Alive;
            _group.Publish(new MembershipEvent(now.Rank, now.Incarnation, MembershipSource.Swim, kind, _group.Ranks.Version));
        }
    }

    internal void TimerFired()
    {
        if (!_running)
        {
            return;
        }

        _protocol.Progress(_context.Loop.Clock.MonotonicNs);
        _group.Redeliver();
        Arm();
    }

    private static ulong Later(ulong next, ulong above) => next > above ? next : above == ulong.MaxValue ? above : above + 1;

    private RpcOperation Row(SwimMessageKind kind, string name) =>
        new((ushort)kind, name, SchedulingClass: 0, RpcFeatures.OneWay | RpcFeatures.ClockExempt, request => OnMessage(request, kind));

    private ulong NewIncarnation(ulong above)
    {
        // At the clock's durable ceiling the newest value given out has to do.
        ulong next = _hlc.TryNext(out ulong hlc).IsSuccess ? hlc : _hlc.Last;
        return Later(next, above);
    }

    private ValueTask OnMessage(RpcRequest request, SwimMessageKind kind)
    {
        int count = SwimWire.Read(request.Payload, kind, out Rank to, out SwimMessage message, out uint exclusionVersion, _updates);
        if (!_running || count < 0 || to != _group.Self || request.Source == Rank.None)
        {
            Statistics.MessagesIgnored++;
            return default;
        }

        NoteExclusion(exclusionVersion);
        _protocol.Receive(_context.Loop.Clock.MonotonicNs, request.Source, message, _updates.AsSpan(0, count));
        if (_timer.IsArmed && _protocol.DueNs < _timer.DueNs)
        {
            Arm();
        }

        return default;
    }

    // The sender works by a newer group, and we are not in it.
    private void NoteExclusion(uint version)
    {
        uint mine = _group.Ranks.Version;
        if (version > mine && version > _excludedIn && mine > 0)
        {
            _excludedIn = version;
            _group.Publish(new MembershipEvent(_group.Self, Incarnation, MembershipSource.GroupModification, MembershipKind.Dead, version));
        }
    }

    private void OnMembership(MembershipEvent membership)
    {
        if (_running && membership.Source == MembershipSource.GroupModification)
        {
            FollowGroup();
        }
    }

    // Looks at the whole group, so that it does not matter which event brought us here.
    private void FollowGroup()
    {
        PrimaryRanks ranks = _group.Ranks;
        foreach (GroupMember watched in _watched.Values.ToArray())
        {
            if (ranks.Find(watched.Rank) is not { } member || member.Incarnation != watched.Incarnation)
            {
                _protocol.Remove(watched.Rank);
                _watched.Remove(watched.Rank.Value);
                KeepFormer(watched);
            }
        }

        foreach (GroupMember member in ranks.Members)
        {
            if (!_watched.ContainsKey(member.Rank.Value) && _protocol.Add(member.Rank, member.Incarnation))
            {
                _watched.Add(member.Rank.Value, member);
            }
        }

        // Who is not in the group watches nobody, but answers.
        if (ranks.Contains(_group.Self))
        {
            Arm();
        }
        else
        {
            _context.Loop.Reactor.Timers.Disarm(_timer);
        }
    }

    // Who was excluded does not know it yet and is answered, so that it learns.
    private void KeepFormer(GroupMember member)
    {
        if (_former.Count == SwimLimits.FormerMax)
        {
            _former.Clear();
        }

        _former[member.Rank.Value] = member;
    }

    private DerResult<RpcEndpoint> EndpointOf(Rank rank)
    {
        DerResult<RpcEndpoint> endpoint = _group.EndpointOf(_context, rank, SwimOpcodes.Tag);
        return endpoint.Code == DerCode.Oog && _former.ContainsKey(rank.Value) ? _context.EndpointOf(rank, SwimOpcodes.Tag) : endpoint;
    }

    private void Arm() => _context.Loop.Reactor.Timers.Arm(_timer, _protocol.DueNs);

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask SendAsync(RpcEndpoint endpoint, Rank to, SwimMessage message)
    {
        RpcCall call = _context.RentCall();
        long deadlineNs = _context.Loop.Clock.MonotonicNs + _protocol.Timeouts.PingNs;
        DerCode code = await call.AdmitAsync(endpoint, SwimOpcodes.Of(message.Kind), deadlineNs, RpcFlags.OneWay);
        if (code.IsSuccess)
        {
            await call.SendAsync(Write(call, to, message));
        }

        call.Free();
        _sending--;
    }

    private int Write(RpcCall call, Rank to, in SwimMessage message)
    {
        Span<SwimUpdate> updates = stackalloc SwimUpdate[SwimLimits.UpdatesMax];
        int count = _protocol.Collect(to, message.Target, updates);
        PrimaryRanks ranks = _group.Ranks;
        uint exclusionVersion = ranks.Contains(to) ? 0 : ranks.Version;
        return SwimWire.Write(call.BeginRequest(SwimWire.BytesMax), to, message, exclusionVersion, updates[..count]);
    }
}
