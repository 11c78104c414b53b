using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Rpc.Incast;
using Daos.Fabric.Rpc.Swim;

namespace Daos.Fabric.Engine.Groups;

/// <summary>
/// The system as this engine knows it: the primary group, SWIM on the tag of that name, collective requests and incast variables on tag 0.
/// The members come from the options, or from daos_server; what SWIM says about them is told to the subscribers. Made before the xstreams run.
/// </summary>
public sealed class EngineGroup : IDisposable
{
    private const uint StaticVersion = 1;
    private const string SystemName = "daos_server";

    private readonly EngineContext _engine;
    private readonly EngineXstream _swimXstream;
    private readonly MembershipSubscription _subscription;
    private long _events;
    private bool _isWatching;
    private bool _isEnding;

    internal EngineGroup(EngineContext engine, SeededRandom random)
    {
        _engine = engine;
        EngineXstream system = engine.System;
        _swimXstream = engine.Xstreams.First(x => x.Tags.Contains(Tags.Swim));
        Primary = new PrimaryGroup(system.Xstream, SystemName, engine.Node);
        Swim = new SwimService(_swimXstream.Rpc, Primary, engine.Hlc, engine.Options.Swim, random);
        Collectives = new CollectiveService(system.Rpc, Primary);
        Incast = new IncastService(system.Rpc, Primary, Collectives);
        Collectives.Register(new CensusOperation(Primary));
        _subscription = Primary.Subscribe(system.Xstream, OnMembership);
    }

    /// <summary>Who is in the system. Modified on the system xstream.</summary>
    public PrimaryGroup Primary { get; }

    /// <summary>The failure detector; owned by the xstream that serves its tag.</summary>
    public SwimService Swim { get; }

    /// <summary>Collective requests; owned by the system xstream.</summary>
    public CollectiveService Collectives { get; }

    /// <summary>Incast variables; owned by the system xstream.</summary>
    public IncastService Incast { get; }

    /// <summary>Membership events that came to the system xstream; any thread.</summary>
    internal long Events => Volatile.Read(ref _events);

    /// <summary>The engine listens: it joins the group and begins to watch the others, if there are any. On the system xstream.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask StartAsync()
    {
        if (_engine.Node.UriOf(Tags.System) is not { } own)
        {
            // An engine that nobody can reach has no place in a group; its own application calls it without one.
            return;
        }

        IReadOnlyList<GroupMember> members = _engine.Options.Members;
        if (Primary.Self == Rank.None)
        {
            // daos_server will say who is in the system, this engine included.
            return;
        }

        DerCode code = Primary.Modify(StaticVersion, GroupChange.Replace, members.Count == 0 ? [new GroupMember(_engine.Options.Rank, own)] : members);
        Invariant.Check(code.IsSuccess);
        await WatchAsync();
    }

    /// <summary>
    /// Takes over the members that daos_server knows, and watches them. Success also for the version that the group has already; DER_GRPVER: it has a
    /// newer one; DER_UNINIT: this engine has no rank yet; DER_INVAL. On the system xstream.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> UpdateAsync(uint version, IReadOnlyList<GroupMember> members)
    {
        if (Primary.Self == Rank.None)
        {
            return DerCode.Uninitialized;
        }

        DerCode code = Primary.Modify(version, GroupChange.Replace, members);
        if (code.IsSuccess)
        {
            await WatchAsync();
        }

        return code == DerCode.Already ? DerCode.Success : code;
    }

    /// <summary>The system is being stopped: whoever does not answer any more is not dead. On the system xstream.</summary>
    internal ValueTask<DerCode> PrepareShutdownAsync()
    {
        _isEnding = true;
        return StopAsync();
    }

    /// <summary>Ranks of the group that SWIM holds dead, in ascending order. On the system xstream.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<Rank[]> FindDeadAsync()
    {
        Rank[] dead = [];
        await _engine.OnXstreamsAsync(xstream =>
        {
            if (xstream == _swimXstream)
            {
                dead = [.. Primary.Ranks.Ranks.ToArray().Where(IsDead)];
            }

            return new ValueTask<DerCode>(DerCode.Success);
        });
        return dead;
    }

    /// <summary>Watches nobody any more. On the system xstream, or after all xstreams stopped.</summary>
    internal ValueTask<DerCode> StopAsync() => _engine.OnXstreamsAsync(StopSwim);

    /// <summary>After the xstreams stopped.</summary>
    public void Dispose()
    {
        Swim.Dispose();
        _subscription.Dispose();
    }

    // Once there is somebody to watch; then SWIM follows the group by itself.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask WatchAsync()
    {
        if (!_isWatching && !_isEnding && Primary.Ranks.Count > 1)
        {
            _isWatching = true;
            await _engine.OnXstreamsAsync(StartSwim);
        }
    }

    private bool IsDead(Rank rank) => Swim.TryGet(rank, out SwimUpdate state) && state.Status == SwimStatus.Dead;

    private ValueTask<DerCode> StartSwim(EngineXstream xstream)
    {
        if (xstream == _swimXstream)
        {
            Swim.Start();
        }

        return new ValueTask<DerCode>(DerCode.Success);
    }

    private ValueTask<DerCode> StopSwim(EngineXstream xstream)
    {
        if (xstream == _swimXstream)
        {
            Swim.Dispose();
        }

        return new ValueTask<DerCode>(DerCode.Success);
    }

    private void OnMembership(MembershipEvent membership)
    {
        Volatile.Write(ref _events, _events + 1);
        if (membership.Kind == MembershipKind.Missed)
        {
            _engine.Log("membership: events came faster than they were taken, and some are not listed here");
        }
        else if (membership.Source == MembershipSource.Swim)
        {
            _engine.Log($"membership: rank {membership.Rank} {(membership.Kind == MembershipKind.Dead ? "does not answer and is held dead" : "is back")}");
        }
    }
}
