using System.Globalization;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Model;

/// <summary>
/// A store of one kind and the steps that it goes through beside the model. As text it is one line that says which store, then one line for
/// each step; lines with # say something to people.
/// </summary>
internal sealed record ModelCase(string Kind, ulong Seed, IReadOnlyList<ModelStep> Steps)
{
    internal const string Volatile = "volatile";
    internal const string Durable = "durable";
    internal const string Reclaimed = "reclaim";

    /// <summary>Goes through all steps; throws at the first difference.</summary>
    /// <param name="spoil">Tests of the tests: changes the model's answers, so that something differs.</param>
    internal ModelRun Run(Action<ModelRun, int>? spoil = null)
    {
        var store = new ObjectFixture(Seed, Options, isVolatile: Kind != Durable);
        try
        {
            var run = new ModelRun();
            for (int i = 0; i < Steps.Count; i++)
            {
                spoil?.Invoke(run, i);
                Do(store, run, Steps[i]);
            }

            return run;
        }
        finally
        {
            // A long run makes hundreds of stores in one process: each gives its memory back.
            store.World.Dispose();
        }
    }

    internal string ToText(string why) =>
        string.Create(CultureInfo.InvariantCulture, $"{Kind} {Seed}\n# {why.ReplaceLineEndings(" ")}\n") + string.Join('\n', Steps) + "\n";

    internal static ModelCase Parse(string text)
    {
        string[] lines = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => line[0] != '#')];
        string[] head = lines[0].Split(' ');
        return new ModelCase(head[0], ulong.Parse(head[1], CultureInfo.InvariantCulture), [.. lines.Skip(1).Select(ModelStep.Parse)]);
    }

    private static void Do(ObjectFixture store, ModelRun run, ModelStep step)
    {
        run.Begin(step.Seed);
        switch (step.Action)
        {
            case ModelAction.Operation:
                store.Run(() => run.OperateAsync(store.Calls));
                break;
            case ModelAction.Transaction:
                store.Run(() => run.TransactAsync(store.Calls));
                break;
            case ModelAction.CheckAll:
                store.Run(() => run.DecideAllAsync(store.Calls));
                store.Run(() => run.CheckAllAsync(store.Calls));
                break;
            case ModelAction.CheckEpochs:
                store.Run(() => run.CheckEpochsAsync(store.Calls));
                break;
            case ModelAction.Crash:
                store.Crash(CrashKind.Process);
                run.Reopened();
                break;
            case ModelAction.PowerCut:
                store.Crash(CrashKind.Power);
                run.Reopened();
                break;
            case ModelAction.Reopen:
                store.Reopen();
                run.Reopened();
                break;
            default:
                Reclaim(store, run, new SeededRandom(step.Seed));
                break;
        }
    }

    private static void Reclaim(ObjectFixture store, ModelRun run, SeededRandom random) => store.On(() =>
    {
        for (int step = random.Next(40); step > 0; step--)
        {
            Assert.Equal(DerCode.Success, store.Shard.ReclaimStep(1 + random.Next(60), out _));
        }

        run.Aggregated = store.AggregatedEpoch();
    });

    private StoreOptions Options(StoreOptions options) => Kind switch
    {
        Durable => options with { ArenaReserveBytes = 64 << 20, DataBytes = 64 << 20, LogBytes = 2 << 20 },
        Reclaimed => options with { ArenaReserveBytes = 256 << 20, DataBytes = 64 << 20, HistoryWindowMs = 0 },
        _ => options with { ArenaReserveBytes = 256 << 20, DataBytes = 64 << 20 },
    };
}
