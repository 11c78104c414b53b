using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Rpc.Incast;
using Daos.Fabric.TestKit.Allocations;
using Daos.Fabric.Transport.Loopback;

namespace Daos.Fabric.Rpc.Tests.Harness;

/// <summary>Ranks of one group over loopback on one loop, which the test's thread drives: what any of them allocates is seen here.</summary>
internal sealed class LocalRanks : IDisposable
{
    private const int TurnsMax = 1_000_000;

    private readonly List<RpcContext> _contexts = [];
    private readonly OwnerLoop _loop;
    private bool _isRunning;

    internal LocalRanks(int count)
    {
        var world = new SimulatedWorld(1);
        SimulatedNode node = world.AddNode("node");
        _loop = node.AddLoop("loop");
        var provider = new LoopbackProvider(new LoopbackHub());
        var clock = new HybridLogicalClock(node.Clock);
        var groups = new List<PrimaryGroup>();
        var members = new List<GroupMember>();
        for (uint rank = 0; rank < count; rank++)
        {
            var own = new RpcNode(new Rank(rank));
            var context = new RpcContext(_loop, RpcWorld.Options() with { Node = own, SelfTest = false }, [provider], clock);
            TransportUri uri = context.Listen(TransportUri.Parse($"loopback://rank{rank}")).Value;
            own.PublishUri(0, uri);
            var group = new PrimaryGroup(_loop, "local", own);
            var collectives = new CollectiveService(context, group);
            _contexts.Add(context);
            groups.Add(group);
            members.Add(new GroupMember(own.Rank, uri));
            Collectives.Add(collectives);
            Incast.Add(new IncastService(context, group, collectives));
        }

        On(() => Assert.All(groups, g => Assert.Equal(DerCode.Success, g.Modify(1, GroupChange.Replace, members))));
    }

    internal List<CollectiveService> Collectives { get; } = [];

    internal List<IncastService> Incast { get; } = [];

    /// <summary>Work that goes on after who began it was answered; it is waited for too. Null for none.</summary>
    internal Func<bool>? GoesOn { get; set; }

    /// <summary>Does something on the ranks' loop.</summary>
    internal void On(Action action)
    {
        using OwnerThread.EnterScope scope = _loop.Enter();
        action();
    }

    /// <summary>Starts a ULT beside the one that runs; on the loop.</summary>
    internal void Spawn(ValueTask work) => _loop.Spawn(work);

    /// <summary>Bytes that all ranks together allocate when the work is done again and again, after enough of it; 0 when it is steady.</summary>
    /// <param name="work">The same each time; allocates nothing itself.</param>
    internal long AllocatedBytes(Func<ValueTask> work) => SteadyState.AllocatedBytes(() =>
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(work);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });

    public void Dispose()
    {
        Assert.True(_loop.UnhandledCount == 0, _loop.LastUnhandled?.ToString());
        foreach (RpcContext context in _contexts)
        {
            context.Dispose();
        }
    }

    // To its end, and to the end of what it left behind on the ranks.
    private void Run(Func<ValueTask> work)
    {
        using (_loop.Enter())
        {
            _isRunning = true;
            _loop.Spawn(FollowAsync(work));
        }

        for (int turn = 0; _isRunning || !IsQuiet(); turn++)
        {
            if (turn == TurnsMax)
            {
                Assert.Fail("the work does not end");
            }

            _loop.RunTurn(0);
        }
    }

    private bool IsQuiet()
    {
        if (GoesOn is { } goesOn && goesOn())
        {
            return false;
        }

        foreach (RpcContext context in _contexts)
        {
            if (context.RequestsActive != 0 || context.CallsRented != 0)
            {
                return false;
            }
        }

        return true;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask FollowAsync(Func<ValueTask> work)
    {
        await work();
        _isRunning = false;
    }
}
