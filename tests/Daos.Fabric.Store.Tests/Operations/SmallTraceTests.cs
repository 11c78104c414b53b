using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Operations;

/// <summary>
/// S4: the writes of each basic operation are recorded, and every state that a power cut may leave of them is opened: after each prefix
/// nothing, one write, all but one, all or a part of one lost (pairs at T1). It shows what was there before or afterwards, never between;
/// once the operation was answered, afterwards only.
/// </summary>
[Trait("Id", "S4")]
public class SmallTraceTests(ITestOutputHelper output)
{
    private const int WritesMax = 40;
    private const int StatesAtT0 = 200;

    private static readonly BasicOperation s_create = new("create", _ => default);
    private static readonly BasicOperation s_open = new("open", _ => default);

    [Fact]
    public void EveryCrashState_OfEveryOperation_IsBeforeOrAfter()
    {
        BasicOperation[] operations = [s_create, s_open, .. BasicOperations.All];
        var run = new SeededRun("S4", "operations", operations.Length, operations.Length, output.WriteLine, seed: 0);
        run.Run((seed, counts) => Check(operations[(int)(seed % (ulong)operations.Length)], seed, counts));
    }

    private static void Check(BasicOperation operation, ulong seed, RunCounts counts)
    {
        (MediaTrace trace, string before, string after) = Record(operation, seed);
        Assert.True(trace.WriteCount <= WritesMax, $"{operation}: {trace.WriteCount} writes are not a small trace");
        bool all = TestRun.Tier == TestTier.T1;
        MediaCrashState[] states = trace.CrashStates(pairs: all).ToArray();
        var random = new SeededRandom(seed);
        int checkedStates = 0;
        foreach (MediaCrashState state in states)
        {
            // The states of the last step are few and say most; of the others a share is enough at every commit.
            bool isLast = state.Step == trace.Steps.Count - 1;
            if (!all && !isLast && states.Length > StatesAtT0 && !random.Chance((double)StatesAtT0 / states.Length))
            {
                continue;
            }

            checkedStates++;
            (string view, bool isOpen) = OperationWorld.ViewOf(state.Image, seed + 1, goesOn: checkedStates % 8 == 0);
            bool isNoStore = !isOpen && operation == s_create && !isLast
                && (view.Contains("was interrupted", StringComparison.Ordinal) || view.Contains("There is no store", StringComparison.Ordinal));
            bool isHonest = isNoStore || (isOpen && (view == after || (view == before && !isLast)));
            Assert.True(
                isHonest,
                $"{operation}, step {state.Step} ({trace.Steps[state.Step]}), {state.Fate}: shows\n{view}\nbefore\n{before}\nafter\n{after}\n"
                + string.Join('\n', trace.Steps));
        }

        counts.Add("operations", 1);
        counts.Add("writes", trace.WriteCount);
        counts.Add("states", states.Length);
        counts.Add("checked", checkedStates);
        counts.Add("between", 0);
    }

    private static (MediaTrace Trace, string Before, string After) Record(BasicOperation operation, ulong seed)
    {
        if (operation == s_create)
        {
            using var empty = new StoreWorld(seed + 100);
            empty.Node.Disk.StartTrace();
            StoreShard made = empty.Create(BasicOperations.Options(empty));
            return (empty.Node.Disk.StopTrace(), "", empty.Run(() => BasicOperations.ViewAsync(made)));
        }

        using var world = new OperationWorld(seed + 100);
        if (operation == s_open)
        {
            world.Disk.StartTrace();
            world.Open();
            return (world.Disk.StopTrace(), OperationWorld.BaseView, OperationWorld.BaseView);
        }

        StoreShard shard = world.Open();
        world.Disk.StartTrace();
        Assert.Equal(DerCode.Success, world.World.Run(() => operation.Run(shard)));
        MediaTrace trace = world.Disk.StopTrace();
        StoreShard there = shard.State.IsSuccess ? shard : world.Open();
        return (trace, OperationWorld.BaseView, world.View(there));
    }
}
