namespace Daos.Fabric.Simulation.Tests.Path;

/// <summary>One seed: workers write and read while the engine's process is killed and its machine loses power; then everything is read again.</summary>
internal static class PathRun
{
    private const int Workers = 6;

    internal static PathReport Run(ulong seed)
    {
        using var path = new SimulatedPath(seed);
        long poolItems = ThreadPool.CompletedWorkItemCount;
        var workers = Enumerable.Range(0, Workers).Select(i => new LedgerWorker(i, path.Container, path.Random.Fork())).ToList();
        bool stop = false;
        var working = workers.Select(worker => path.Begin(() => worker.WorkAsync(() => stop))).ToList();
        int crashes = 2 + path.Random.Next(4);
        for (int i = 0; i < crashes; i++)
        {
            path.World.RunFor(2_000_000 + path.Random.Next(30_000_000L));
            CrashKind kind = path.Random.Chance(0.5) ? CrashKind.Power : CrashKind.Process;
            path.CrashAndRestart(kind, path.Random.Next(200_000_000L));
        }

        path.World.RunFor(5_000_000);
        stop = true;
        path.RunUntil(() => working.All(ult => ult.IsDone), "the workers did not end");
        working.ForEach(ult => ult.Await());
        path.CrashAndRestart(CrashKind.Power, 1_000_000);
        foreach (LedgerWorker worker in workers)
        {
            path.Run(worker.CheckAllAsync);
        }

        return new PathReport(
            seed,
            path.World.Hash.Value,
            path.World.Hash.Count,
            crashes,
            workers.Sum(w => w.Acknowledged),
            workers.Sum(w => w.Unknown),
            workers.Sum(w => w.ReadsChecked),
            path.Context.Statistics.Resends,
            ThreadPool.CompletedWorkItemCount - poolItems);
    }
}

/// <summary>What a run did.</summary>
internal sealed record PathReport(
    ulong Seed,
    ulong Hash,
    long Events,
    int Crashes,
    int Acknowledged,
    int Unknown,
    int ReadsChecked,
    long Resends,
    long PoolItems);
