using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Rpc.Swim;
using Daos.Fabric.Simulation.Tests.Path;
using Daos.Fabric.Simulation.Tests.Ranks;

namespace Daos.Fabric.Simulation.Tests.Cluster;

/// <summary>
/// One seed: every client works with every engine while engines' processes are killed, machines lose power, links are cut one way and both
/// ways, and messages are lost, doubled and overtaken. Then the faults stop: everything under way ends, everything is read again, and the
/// ranks find each other alive.
/// </summary>
internal sealed class ClusterRun : IDisposable
{
    private const long Second = 1_000_000_000;
    private const int WorkersPerSession = 3;

    private readonly SimulatedCluster _cluster;
    private readonly RankWorld? _ranks;
    private readonly List<SwimService> _swims = [];
    private readonly List<(SimulatedClient Client, LedgerWorker Worker)> _workers = [];
    private bool _stop;
    private int _crashes;
    private int _cuts;

    private ClusterRun(SimulatedCluster cluster)
    {
        _cluster = cluster;
        foreach (SimulatedClient client in cluster.Clients)
        {
            foreach (SimulatedSession session in client.Sessions)
            {
                for (int i = 0; i < (cluster.Engines.Count == 1 ? 2 * WorkersPerSession : WorkersPerSession); i++)
                {
                    _workers.Add((client, new LedgerWorker(_workers.Count, session.Container, cluster.Random.Fork())));
                }
            }
        }

        if (cluster.Engines.Count > 1)
        {
            _ranks = new RankWorld(cluster.World, [.. cluster.Engines.Select(e => e.Node)]);
            _ranks.Ranks.ForEach(Watch);
            _ranks.FormGroup();
        }
    }

    private SeededRandom Random => _cluster.Random;

    private SimulatedWorld World => _cluster.World;

    /// <summary>One engine and one client: crashes only.</summary>
    internal static ClusterReport RunPath(ulong seed)
    {
        using var cluster = new SimulatedCluster(seed, engines: 1, clients: 1);
        using var run = new ClusterRun(cluster);
        return run.Run(seed, 2 + cluster.Random.Next(4));
    }

    /// <summary>Two to four engines, two or three clients, all kinds of faults.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="mutate">Breaks something on purpose before the work begins.</param>
    internal static ClusterReport RunCluster(ulong seed, Action<SimulatedCluster>? mutate = null)
    {
        var sizes = new SeededRandom(seed);
        using var cluster = new SimulatedCluster(seed, engines: 2 + sizes.Next(3), clients: 2 + sizes.Next(2));
        mutate?.Invoke(cluster);
        using var run = new ClusterRun(cluster);
        return run.Run(seed, 4 + cluster.Random.Next(4));
    }

    /// <summary>Also after a failure: workers that went on would make every stop of an engine a long run.</summary>
    public void Dispose()
    {
        _stop = true;
        _ranks?.Dispose();
    }

    private ClusterReport Run(ulong seed, int faults)
    {
        long poolItems = ThreadPool.CompletedWorkItemCount;
        List<Ult> working = [.. _workers.Select(w => _cluster.Begin(w.Client, () => w.Worker.WorkAsync(() => _stop)))];
        if (_ranks is not null)
        {
            (_cluster.Messages.LossChance, _cluster.Messages.DuplicateChance, _cluster.Messages.ReorderChance) = (0.01, 0.02, 0.05);
        }

        for (int i = 0; i < faults; i++)
        {
            World.RunFor(2_000_000 + Random.Next(30_000_000L));
            Harm();
        }

        _cluster.Messages.Stop();
        World.Network.Heal();
        World.RunFor(5_000_000);
        _stop = true;
        _cluster.RunUntil(() => working.All(ult => ult.IsDone), "the workers did not end");
        working.ForEach(ult => ult.Await());
        for (int rank = 0; rank < _cluster.Engines.Count; rank++)
        {
            Crash(rank, CrashKind.Power, 1_000_000);
        }

        foreach ((SimulatedClient client, LedgerWorker worker) in _workers)
        {
            _cluster.Run(client, worker.CheckAllAsync);
        }

        CheckDeathIsNoticed();
        return Report(seed, ThreadPool.CompletedWorkItemCount - poolItems);
    }

    private void Harm()
    {
        int rank = Random.Next(_cluster.Engines.Count);
        int kind = _ranks is null ? Random.Next(2) : Random.Next(5);
        switch (kind)
        {
            case 0:
                Crash(rank, CrashKind.Process, Random.Next(200_000_000L));
                break;
            case 1:
                Crash(rank, CrashKind.Power, Random.Next(200_000_000L));
                break;
            default:
                Cut(rank, kind);
                break;
        }
    }

    private void Crash(int rank, CrashKind kind, long downNs)
    {
        _crashes++;
        _cluster.CrashAndRestart(rank, kind, downNs, () => Revive(rank));
    }

    // Short cuts are repaired by the streams, long ones end connections.
    private void Cut(int rank, int kind)
    {
        _cuts++;
        SimulatedNode machine = _cluster.Engines[rank].Node;
        SimulatedNetwork network = World.Network;
        long forNs = Random.Next(Random.Chance(0.75) ? 400_000_000L : 17 * Second);
        SimulatedNode client = _cluster.Clients[Random.Next(_cluster.Clients.Count)].Node;
        switch (kind)
        {
            case 2:
                network.Isolate(machine);
                World.RunFor(forNs);
                network.Heal();
                break;
            case 3:
                bool outward = Random.Chance(0.5);
                network.Links.Cut(outward ? machine : client, outward ? client : machine);
                World.RunFor(forNs);
                network.Heal();
                break;
            default:
                network.SwizzleClog(machine, 100_000_000, 1 + forNs);
                World.RunFor(200_000_000 + forNs);
                break;
        }
    }

    private void Revive(int rank)
    {
        if (_ranks is not null)
        {
            SimulatedRank again = _ranks.Revive(rank);
            Watch(again);
            _ranks.On(again, () => again.Group.Modify(1, GroupChange.Replace, _ranks.Members));
        }
    }

    private void Watch(SimulatedRank rank)
    {
        var swim = new SwimService(rank.Context, rank.Group, rank.Hlc, new SwimOptions(), _ranks!.Random.Fork());
        if ((int)rank.Rank.Value < _swims.Count)
        {
            _swims[(int)rank.Rank.Value] = swim;
        }
        else
        {
            _swims.Add(swim);
        }

        _ranks.On(rank, swim.Start);
    }

    // A machine stays away for so long that the others bury it, and comes back.
    private void CheckDeathIsNoticed()
    {
        if (_ranks is null)
        {
            return;
        }

        int away = Random.Next(_cluster.Engines.Count);
        Crash(away, CrashKind.Power, 60 * Second);
        int witnesses = _swims.Where((s, rank) => rank != away && s.Statistics.Deaths > 0).Count();
        if (witnesses != _swims.Count - 1)
        {
            throw new InvalidOperationException($"rank {away} was away for a minute, and {witnesses} of {_swims.Count - 1} noticed");
        }

        _cluster.RunUntil(() => _swims.TrueForAll(s => s.UpCount == _swims.Count), "the ranks did not find each other alive");
    }

    private ClusterReport Report(ulong seed, long poolItems)
    {
        var workers = _workers.Select(w => w.Worker).ToList();
        return new ClusterReport(
            seed,
            World.Hash.Value,
            World.Hash.Count,
            _crashes,
            _cuts,
            workers.Sum(w => w.Acknowledged),
            workers.Sum(w => w.Unknown),
            workers.Sum(w => w.ReadsChecked),
            _cluster.Sessions.Sum(s => s.Context.Statistics.Resends),
            _cluster.Messages.Lost,
            _cluster.Messages.Duplicated,
            _cluster.Messages.Reordered,
            _swims.Sum(s => s.Statistics.Deaths),
            poolItems);
    }
}
