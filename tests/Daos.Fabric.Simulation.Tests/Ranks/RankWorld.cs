using Daos.Fabric.Rpc.Groups;

namespace Daos.Fabric.Simulation.Tests.Ranks;

/// <summary>Several ranks, each on its own simulated machine, with real RPC over the simulated network.</summary>
internal sealed class RankWorld : IDisposable
{
    internal RankWorld(ulong seed, int ranks, bool selfTest = false)
        : this(new SimulatedWorld(seed), ranks, selfTest)
    {
    }

    private RankWorld(SimulatedWorld world, int ranks, bool selfTest)
        : this(world, [.. Enumerable.Range(0, ranks).Select(rank => world.AddNode($"rank{rank}"))], selfTest)
    {
    }

    /// <summary>Ranks on machines that are there already, beside whatever else runs on them.</summary>
    internal RankWorld(SimulatedWorld world, IReadOnlyList<SimulatedNode> nodes, bool selfTest = false)
    {
        AnswersSelfTest = selfTest;
        World = world;
        Random = World.Random.Fork();
        for (int rank = 0; rank < nodes.Count; rank++)
        {
            Faults.Add(new FaultRegistry(Random.Fork()));
            Ranks.Add(new SimulatedRank(this, nodes[rank], (uint)rank, Faults[^1]));
        }
    }

    internal SimulatedWorld World { get; }

    internal SeededRandom Random { get; }

    internal List<FaultRegistry> Faults { get; } = [];

    internal List<SimulatedRank> Ranks { get; } = [];

    internal bool AnswersSelfTest { get; }

    /// <summary>Set when handlers were made to throw.</summary>
    internal bool AllowsUnhandled { get; set; }

    internal IEnumerable<SimulatedRank> Live => Ranks.Where(r => r.Node.Loops.Contains(r.Loop));

    internal List<GroupMember> Members => [.. Ranks.Select(r => r.Member)];

    /// <summary>Gives every rank the same group.</summary>
    internal void FormGroup(uint version = 1)
    {
        foreach (SimulatedRank rank in Live)
        {
            On(rank, () => Assert.Equal(DerCode.Success, rank.Group.Modify(version, GroupChange.Replace, Members)));
        }
    }

    internal void On(SimulatedRank rank, Action action) => World.On(rank.Loop, action);

    /// <summary>A rank's machine loses its process and starts a new one.</summary>
    internal SimulatedRank Restart(int rank)
    {
        Ranks[rank].Node.Crash(CrashKind.Process);
        return Revive(rank);
    }

    /// <summary>A new process for a rank whose machine lost the old one.</summary>
    internal SimulatedRank Revive(int rank) => Ranks[rank] = new SimulatedRank(this, Ranks[rank].Node, (uint)rank, Faults[rank]);

    /// <summary>Runs a ULT on a rank's loop to its end and throws what it threw.</summary>
    internal void Run(SimulatedRank rank, Func<ValueTask> work, long limitNs = 600_000_000_000)
    {
        bool isDone = false;
        Exception? failure = null;
        Assert.True(rank.Loop.TryPost(new Begin(() => rank.Loop.Spawn(FollowAsync()))));
        Assert.True(World.RunUntil(() => isDone, limitNs), $"seed {World.Seed}: the work did not end");
        if (failure is not null)
        {
            throw new InvalidOperationException($"seed {World.Seed}", failure);
        }

        async ValueTask FollowAsync()
        {
            try
            {
                await work();
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            isDone = true;
        }
    }

    public void Dispose()
    {
        foreach (SimulatedRank rank in Live)
        {
            Assert.True(AllowsUnhandled || rank.Loop.UnhandledCount == 0, $"seed {World.Seed}: {rank.Loop.LastUnhandled}");
            rank.Context.Dispose();
        }
    }

    /// <summary>Begins work in a turn of its loop, whose time is then the world's.</summary>
    private sealed class Begin(Action action) : WorkItem
    {
        protected internal override void Execute() => action();
    }
}
