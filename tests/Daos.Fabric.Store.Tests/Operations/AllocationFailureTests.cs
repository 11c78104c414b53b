using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Tests.Checking;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Operations;

/// <summary>
/// S15: of each operation of the store's public API the first, second, third and so on allocation fails, alone or with all that follow, until
/// the operation runs clean: blocks of the arena for records, blocks of the data file for values, memory of the system. The code is typed,
/// nothing or all of it happened, no block is lost, and the next operation works.
/// </summary>
[Trait("Id", "S15")]
public class AllocationFailureTests(ITestOutputHelper output)
{
    private const int FailuresMax = 300;

    private static readonly (AllocationKind Kind, bool Lasts)[] s_ways =
    [
        (AllocationKind.Record, false), (AllocationKind.Record, true), (AllocationKind.Blocks, false), (AllocationKind.Blocks, true),
        (AllocationKind.Memory, true),
    ];

    [Fact]
    public void NthAllocation_OfEveryOperation_FailsTypedAndWhole()
    {
        (BasicOperation Operation, AllocationKind Kind, bool Lasts)[] all =
            BasicOperations.All.SelectMany(operation => s_ways.Select(way => (operation, way.Kind, way.Lasts))).ToArray();
        var run = new SeededRun("S15", "operations", all.Length, all.Length, output.WriteLine, seed: 0);
        run.Run((seed, counts) =>
        {
            (BasicOperation operation, AllocationKind kind, bool lasts) = all[(int)(seed % (ulong)all.Length)];
            Sweep(counts, n => FailOperation(operation, new Refusal(kind, n, lasts), counts));
        });
        Assert.True(!run.IsComplete || run.Counts["failed"] > 40, $"only {run.Counts["failed"]} operations failed");
        Assert.True(!run.IsComplete || run.Counts["failures"] > 80, $"only {run.Counts["failures"]} allocations failed");
    }

    [Fact]
    public void NthAllocation_OfOpeningAndCreating_FailsTypedAndCanBeRepeated()
    {
        var run = new SeededRun("S15", "opening", 2 * s_ways.Length, 2 * s_ways.Length, output.WriteLine, seed: 0);
        run.Run((seed, counts) =>
        {
            (AllocationKind kind, bool lasts) = s_ways[(int)(seed / 2 % (ulong)s_ways.Length)];
            Sweep(counts, n => FailOpening(seed % 2 == 0, new Refusal(kind, n, lasts), counts));
        });
        Assert.True(!run.IsComplete || run.Counts["failed"] > 5, $"only {run.Counts["failed"]} failed");
    }

    private static void Sweep(RunCounts counts, Func<int, bool> failNth)
    {
        int n = 1;
        while (n <= FailuresMax && failNth(n))
        {
            n++;
        }

        Assert.True(n <= FailuresMax, "never runs clean");
        counts.Add("sweeps", 1);
        counts.Add("failures", n - 1);
    }

    // False when the operation does not come to that allocation any more.
    private static bool FailOperation(BasicOperation operation, Refusal refusal, RunCounts counts)
    {
        using var world = new OperationWorld((ulong)refusal.Number);
        StoreShard shard = world.World.Open(world.Options() with { OnAllocate = refusal.Refuses });
        long freeBytes = FreeBytes(shard);
        ulong liveBytes = shard.Arena.LiveBytes;
        string before = OperationWorld.BaseView;
        string after = OperationWorld.AfterOf(operation);
        refusal.Begin();
        DerCode code = world.World.Run(() => operation.Run(shard));
        refusal.End();
        string what = $"{operation}, {refusal}: {code}";
        if (refusal.Refused == 0)
        {
            Assert.True(code.IsSuccess, what);
            return false;
        }

        counts.Add("failed", code.IsError ? 1 : 0);
        Assert.True(code.IsSuccess || code == DerCode.NoSpace || code == DerCode.NoMemory, what);
        if (operation.Name != "close")
        {
            Assert.True(shard.State.IsSuccess, $"{what}: {shard.LastError}");
            string live = world.View(shard);
            Assert.True(live == (code.IsError ? before : after), $"{what}: shows\n{live}\nbefore\n{before}\nafter\n{after}");

            // While it waited for space, old versions may have gone; nothing may have come.
            Assert.True(code.IsSuccess || FreeBytes(shard) >= freeBytes, $"{what}: blocks of the data file leaked");
            Assert.True(code.IsSuccess || shard.Arena.LiveBytes <= liveBytes, $"{what}: records leaked");
            Assert.True(world.World.Run(() => BasicOperations.ProbeAsync(shard)).IsSuccess, $"{what}: the next operation failed");
        }

        // Closing finds every buffer back.
        if (operation.Name != "close" && refusal.Number % 2 == 0)
        {
            world.World.Run(shard.CloseAsync);
        }

        world.World.Crash(CrashKind.Power);
        Inspector.AssertSound(world.World, what);
        string there = world.View(world.Open());
        Assert.True(there == (code.IsError ? before : after), $"{what}: after a power cut shows\n{there}\nbefore\n{before}\nafter\n{after}");
        return true;
    }

    private static bool FailOpening(bool creates, Refusal refusal, RunCounts counts)
    {
        using OperationWorld? opened = creates ? null : new OperationWorld((ulong)refusal.Number);
        using StoreWorld? empty = creates ? new StoreWorld((ulong)refusal.Number) : null;
        StoreWorld world = opened?.World ?? empty!;
        StoreOptions options = BasicOperations.Options(world) with { OnAllocate = refusal.Refuses };
        refusal.Begin();
        DerResult<StoreShard> result = world.Run(() => creates ? StoreShard.CreateAsync(world.Loop, options) : StoreShard.OpenAsync(world.Loop, options));
        refusal.End();
        string what = $"{(creates ? "create" : "open")}, {refusal}: {result.Code}";
        Assert.True(result.IsSuccess || options.Report.LastError.Length > 20, $"{what}: no sentence");
        counts.Add("failed", result.IsSuccess ? 0 : 1);
        if (!result.IsSuccess)
        {
            Assert.True(result.Code == DerCode.NoSpace || result.Code == DerCode.NoMemory, what);
            options = BasicOperations.Options(world);
            bool again = creates && !world.Node.Files.Exists("/store/meta");
            result = again ? world.Run(() => StoreShard.CreateAsync(world.Loop, options)) : world.TryOpen(options);
            Assert.True(result.IsSuccess, $"{what}: then {result.Code}: {options.Report.LastError}");
        }

        string view = world.Run(() => BasicOperations.ViewAsync(result.Value));
        Assert.True(creates || view == OperationWorld.BaseView, $"{what}: shows\n{view}");
        world.Run(result.Value.CloseAsync);
        return refusal.Refused > 0;
    }

    private static long FreeBytes(StoreShard shard) => shard.DataSpace.FreeBytes + shard.DataSpace.PendingFreeBytes;

    /// <summary>Refuses the N-th allocation of a kind, or all from it on, between a beginning and an end.</summary>
    private sealed class Refusal(AllocationKind kind, int number, bool lasts)
    {
        private bool _counts;
        private int _seen;

        internal int Number => number;

        internal int Refused { get; private set; }

        public override string ToString() => $"{kind} number {number}{(lasts ? " and all that follow" : "")}";

        internal void Begin() => _counts = true;

        internal void End() => _counts = false;

        internal bool Refuses(AllocationKind asked)
        {
            if (!_counts || asked != kind)
            {
                return false;
            }

            _seen++;
            bool refuses = _seen == number || (lasts && _seen > number);
            Refused += refuses ? 1 : 0;
            return refuses;
        }
    }
}
