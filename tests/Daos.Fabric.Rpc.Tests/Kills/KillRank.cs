using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Rpc.Groups;

namespace Daos.Fabric.Rpc.Tests.Kills;

/// <summary>A rank of the kill matrix, in the test's process or in one that will be killed: loop, context, services, group. Owned by its loop.</summary>
internal sealed class KillRank : IDisposable
{
    private readonly Reactor.Reactor _reactor;

    internal KillRank(KillProvider provider, string directory, string reactor, uint rank, ulong seed)
    {
        Rank = new Rank(rank);
        _reactor = ReactorFactory.Create(reactor);
        Loop = new OwnerLoop($"rank{rank}", _reactor, new OwnerLoopOptions());
        Node = new RpcNode(Rank);
        Context = new RpcContext(
            Loop,
            new RpcOptions
            {
                Transport = new TransportOptions { Random = new SeededRandom(seed + rank) },
                Node = Node,
                SelfTestBufferBytes = 1 << 20,
                ConnectTimeoutNs = 2_000_000_000,
            },
            [provider.Create(directory)],
            hlc: null);
        Service = new KillService(this);
        Context.Register(Service.Protocol);
        Group = new PrimaryGroup(Loop, "kills", Node);
        Collectives = new CollectiveService(Context, Group);
        Collectives.Register(new KillCollective());
        Uri = Context.Listen(TransportUri.Parse(provider.AddressOf(directory, rank))).Value;
        Node.PublishUri(0, Uri);
    }

    internal Rank Rank { get; }

    internal OwnerLoop Loop { get; }

    internal RpcNode Node { get; }

    internal RpcContext Context { get; }

    internal KillService Service { get; }

    internal PrimaryGroup Group { get; }

    internal CollectiveService Collectives { get; }

    internal TransportUri Uri { get; }

    internal GroupMember Member => new(Rank, Uri);

    /// <summary>Makes others known; on the loop or before it runs.</summary>
    internal void Meet(uint version, params IReadOnlyList<GroupMember> others)
    {
        using OwnerThread.EnterScope scope = Loop.Enter();
        foreach (GroupMember other in others)
        {
            Node.PublishRank(other.Rank, other.Uri);
        }

        Assert.Equal(DerCode.Success, Group.Modify(version, GroupChange.Replace, [Member, .. others]));
    }

    /// <summary>Adds a group of some of those that it met.</summary>
    internal void Join(uint group, params IReadOnlyList<Rank> ranks)
    {
        using OwnerThread.EnterScope scope = Loop.Enter();
        Assert.True(Group.AddSecondary(group, $"group{group}", 1, ranks).IsSuccess);
    }

    /// <summary>Starts a ULT.</summary>
    internal void Spawn(Func<ValueTask> work)
    {
        using OwnerThread.EnterScope scope = Loop.Enter();
        Loop.Spawn(work());
    }

    /// <summary>What is not given back; empty when nothing leaks.</summary>
    internal string DescribeLeaks()
    {
        RpcContext c = Context;
        var leaks = new List<string>();
        Add(c.RequestsActive, 0, "requests");
        Add(c.CallsRented, 0, "calls");
        Add(c.BulksInUse, 0, "bulk regions");
        Add(c.Staging.Rented, 0, "staging blocks");
        Add(c.CallQuota.Free, c.Options.CallsInFlightMax, "call quota free");
        Add(c.RangeQuota.Free, c.Options.RangesExposedMax, "range quota free");
        Add(c.Statistics.RangesRevoked, c.Statistics.RangesExposed, "ranges revoked of those exposed");
        Add(Loop.UnhandledCount, 0, $"unhandled failures ({Loop.LastUnhandled?.Message})");
        Add(Service.Memory.Lent, 0, "blocks of memory");
        Add(Service.Memory.Spoiled, 0, "blocks changed after they were given back");
        return string.Join("; ", leaks);

        void Add(long is_, long wanted, string what)
        {
            if (is_ != wanted)
            {
                leaks.Add($"rank {Rank}: {is_} {what}, {wanted} expected");
            }
        }
    }

    /// <summary>True once nothing of the context is in the kernel.</summary>
    internal bool IsQuiet => Context.IsQuiet;

    public void Dispose()
    {
        using OwnerThread.EnterScope scope = Loop.Enter();
        _reactor.Dispose();
        Service.Memory.Dispose();
    }
}
