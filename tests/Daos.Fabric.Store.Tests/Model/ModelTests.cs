using System.Globalization;
using Daos.Fabric.TestKit.Processes;
using Daos.Fabric.TestKit.Runs;
using Xunit.Sdk;

namespace Daos.Fabric.Store.Tests.Model;

/// <summary>
/// S12: random operations against the store and against a model that is obviously right. What fails is made small and kept in Model/Kept as a
/// file, which is replayed from then on.
/// </summary>
[Trait("Id", "S12")]
public class ModelTests(ITestOutputHelper output)
{
    private const int ShrinkTriesMax = 2000;

    private static string Kept => Path.Combine(EngineProcess.Repository, "tests", "Daos.Fabric.Store.Tests", "Model", "Kept");

    [Fact]
    public void RandomOperations_Volatile_MatchModel() =>
        new SeededRun("S12", "volatile", t0: 8, t1: 800, output.WriteLine, seed: 101).Run((seed, counts) =>
        {
            var random = new SeededRandom(seed);
            List<ModelStep> steps = [.. Operations(random, 20_000), Step(random, ModelAction.CheckAll)];
            ModelRun run = RunOrKeep(new ModelCase(ModelCase.Volatile, seed, steps), counts);
            Assert.True(run.LateModifications > 100 && run.LateRefusals > 10, "hardly anything came late");
            Assert.True(run.ConditionsHeld > 100 && run.ConditionsRefused > 100, "hardly any condition held, or none refused");
            Assert.True(run.Commits > 300 && run.Aborts > 150 && run.Waits > 100, "hardly any transaction was decided or waited for");
        });

    [Fact]
    public void RandomOperations_EveryEpochAfterEachOperation_MatchesModel() =>
        new SeededRun("S12", "epochs", t0: 40, t1: 10_000, output.WriteLine, seed: 401).Run((seed, counts) =>
        {
            var random = new SeededRandom(seed);
            IEnumerable<ModelStep> steps = Operations(random, 150).SelectMany(step => new[] { step, Step(random, ModelAction.CheckEpochs) });
            RunOrKeep(new ModelCase(ModelCase.Volatile, seed, [.. steps, Step(random, ModelAction.CheckAll)]), counts);
        });

    [Fact]
    public void RandomOperations_DurableWithCrashes_MatchModel() =>
        new SeededRun("S12", "durable", t0: 4, t1: 300, output.WriteLine, seed: 201).Run((seed, counts) =>
        {
            var random = new SeededRandom(seed);
            ModelAction crash = seed % 4 == 1 ? ModelAction.Crash : ModelAction.PowerCut;
            var steps = new List<ModelStep>();
            for (int i = 0; i < 20; i++)
            {
                steps.AddRange(Operations(random, 500));
                steps.Add(Step(random, i % 4 == 3 ? ModelAction.Reopen : crash));
                steps.Add(Step(random, ModelAction.CheckAll));
            }

            RunOrKeep(new ModelCase(ModelCase.Durable, seed, steps), counts);
        });

    [Fact]
    public void RandomOperations_WithReclaim_MatchModelAboveTheBound() =>
        new SeededRun("S12", "reclaim", t0: 4, t1: 100, output.WriteLine, seed: 301).Run((seed, counts) =>
        {
            var random = new SeededRandom(seed);
            var steps = new List<ModelStep>();
            for (int i = 0; i < 100; i++)
            {
                steps.AddRange(Operations(random, 100));
                steps.Add(Step(random, ModelAction.Reclaim));
            }

            steps.Add(Step(random, ModelAction.CheckAll));
            ModelRun run = RunOrKeep(new ModelCase(ModelCase.Reclaimed, seed, steps), counts);
            Assert.True(run.Aggregated > 0, "nothing was reclaimed");
        });

    /// <summary>Everything that ever failed.</summary>
    [Fact]
    public void KeptCases_All_MatchModel()
    {
        string[] files = Directory.Exists(Kept) ? Directory.GetFiles(Kept, "*.txt") : [];
        Assert.NotEmpty(files);
        Assert.All(files, file => ModelCase.Parse(File.ReadAllText(file)).Run());
    }

    /// <summary>The oracle can fail, and a failure becomes small: a model that forgets punches is found out with a handful of steps.</summary>
    [Fact]
    public void Shrink_AModelThatForgetsPunches_LeavesAHandfulOfSteps()
    {
        static bool Fails(ModelCase tried)
        {
            try
            {
                tried.Run((run, _) => run.Model.ForgetsPunches = true);
                return false;
            }
            catch (XunitException)
            {
                return true;
            }
        }

        var random = new SeededRandom(7);
        var whole = new ModelCase(ModelCase.Volatile, 7, [.. Operations(random, 400)]);
        Assert.True(Fails(whole));
        ModelCase small = ModelShrinker.Shrink(whole, Fails, ShrinkTriesMax);
        Assert.True(Fails(small));
        Assert.InRange(small.Steps.Count, 2, 8);
        output.WriteLine(small.ToText("a model that forgets punches"));
        ModelCase again = ModelCase.Parse(small.ToText("why\nin two lines"));
        Assert.Equal(small.Steps, again.Steps);
        Assert.Equal((small.Kind, small.Seed), (again.Kind, again.Seed));
        again.Run();
    }

    private static List<ModelStep> Operations(SeededRandom random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Step(random, random.Chance(ModelRun.TransactionShare) ? ModelAction.Transaction : ModelAction.Operation))];

    private static ModelStep Step(SeededRandom random, ModelAction action) => new(action, random.NextUInt64());

    private static ModelRun RunOrKeep(ModelCase whole, RunCounts counts)
    {
        try
        {
            ModelRun run = whole.Run();
            counts.Add("ops", run.Operations);
            counts.Add("mismatches", 0);
            return run;
        }
        catch (Exception exception) when (exception is XunitException or InvariantException)
        {
            ModelCase small = ModelShrinker.Shrink(whole, Fails, ShrinkTriesMax);
            string file = Path.Combine(Kept, string.Create(CultureInfo.InvariantCulture, $"{whole.Kind}-{whole.Seed}.txt"));
            Directory.CreateDirectory(Kept);
            File.WriteAllText(file, small.ToText(exception.Message));
            throw new InvalidOperationException(
                $"{small.Steps.Count} of {whole.Steps.Count} steps differ from the model; they are kept in {file}, to be committed with what mends it", exception);
        }
    }

    private static bool Fails(ModelCase tried)
    {
        try
        {
            tried.Run();
            return false;
        }
        catch (Exception exception) when (exception is XunitException or InvariantException)
        {
            return true;
        }
    }
}
