using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Tests.Checking;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Operations;

/// <summary>
/// S5: of each operation of the store's public API the first, second, third and so on I/O fails, until the operation runs clean. The code
/// is typed, nothing or all of it happened, and either the next operation works or the target has stopped.
/// </summary>
[Trait("Id", "S5")]
public class NthFailureTests(ITestOutputHelper output)
{
    private const int FailuresMax = 500;

    private static readonly MediaFaultKind[] s_kinds =
    [
        MediaFaultKind.ReadError, MediaFaultKind.WriteError, MediaFaultKind.WriteNoSpace, MediaFaultKind.Interrupted,
        MediaFaultKind.ReadShort, MediaFaultKind.WriteShort, MediaFaultKind.FlushError, MediaFaultKind.CallError, MediaFaultKind.CallNoSpace,
    ];

    [Fact]
    public void NthIo_OfEveryOperation_FailsTypedAndWhole()
    {
        (BasicOperation Operation, MediaFaultKind Kind)[] all = BasicOperations.All.SelectMany(o => s_kinds.Select(k => (o, k))).ToArray();
        var run = new SeededRun("S5", "operations", all.Length, all.Length, output.WriteLine, seed: 0);
        run.Run((seed, counts) =>
        {
            (BasicOperation operation, MediaFaultKind kind) = all[(int)(seed % (ulong)all.Length)];
            Sweep($"{operation} with {kind}", counts, n => FailOperation(operation, kind, n, counts));
        });
        Assert.True(!run.IsComplete || run.Counts["failed"] > 50, $"only {run.Counts["failed"]} failures");
    }

    [Fact]
    public void NthIo_OfOpeningAndCreating_FailsTypedAndCanBeRepeated()
    {
        var run = new SeededRun("S5", "opening", 2 * s_kinds.Length, 2 * s_kinds.Length, output.WriteLine, seed: 0);
        run.Run((seed, counts) =>
        {
            MediaFaultKind kind = s_kinds[(int)(seed / 2 % (ulong)s_kinds.Length)];
            bool creates = seed % 2 == 0;
            Sweep($"{(creates ? "create" : "open")} with {kind}", counts, n => FailOpening(creates, kind, n, counts));
        });
    }

    private static void Sweep(string what, RunCounts counts, Func<int, bool> failNth)
    {
        int n = 1;
        while (n <= FailuresMax && failNth(n))
        {
            n++;
        }

        Assert.True(n <= FailuresMax, $"{what}: never runs clean");
        counts.Add("sweeps", 1);
        counts.Add("failures", n - 1);
    }

    // False when the operation does not come to that I/O any more.
    private static bool FailOperation(BasicOperation operation, MediaFaultKind kind, int n, RunCounts counts)
    {
        using var world = new OperationWorld((ulong)n);
        StoreShard shard = world.Open();
        long freeBytes = shard.DataSpace.FreeBytes + shard.DataSpace.PendingFreeBytes;
        string before = OperationWorld.BaseView;
        string after = OperationWorld.AfterOf(operation);
        MediaFault fault = world.Disk.Inject(new MediaFault(kind) { Skip = n - 1, TimesMax = 1 });
        DerCode code = world.World.Run(() => operation.Run(shard));
        string what = $"{operation}, {kind} number {n}: {code}";
        world.Disk.ClearFaults();
        if (fault.Hits == 0)
        {
            Assert.True(code.IsSuccess, what);
            return false;
        }

        counts.Add("failed", code.IsError ? 1 : 0);
        bool isClosed = operation.Name == "close";
        bool hasStopped = !isClosed && shard.State.IsError;
        if (hasStopped)
        {
            counts.Add("stopped", 1);
            Assert.Equal(DerCode.Io, shard.State);
            Assert.Contains("has stopped", shard.LastError);
            Assert.Equal(DerCode.Io, world.World.Run(() => BasicOperations.ProbeAsync(shard)));
        }
        else if (!isClosed)
        {
            string live = world.View(shard);
            Assert.True(live == (code.IsError ? before : after), $"{what}: shows\n{live}\nbefore\n{before}\nafter\n{after}");
            Assert.True(
                code.IsSuccess || shard.DataSpace.FreeBytes + shard.DataSpace.PendingFreeBytes == freeBytes, $"{what}: blocks of the data file leaked");
            Assert.True(world.World.Run(() => BasicOperations.ProbeAsync(shard)).IsSuccess, $"{what}: the next operation failed");
        }

        // Closing finds every buffer back.
        if (!isClosed && n % 2 == 0)
        {
            world.World.Run(shard.CloseAsync);
        }

        world.World.Crash(CrashKind.Power);
        Inspector.AssertSound(world.World, what);
        string there = world.View(world.Open());
        Assert.True(there == after || (code.IsError && there == before), $"{what}: after a power cut shows\n{there}\nbefore\n{before}\nafter\n{after}");
        return true;
    }

    private static bool FailOpening(bool creates, MediaFaultKind kind, int n, RunCounts counts)
    {
        using OperationWorld? opened = creates ? null : new OperationWorld((ulong)n);
        using StoreWorld? empty = creates ? new StoreWorld((ulong)n) : null;
        StoreWorld world = opened?.World ?? empty!;
        StoreOptions options = BasicOperations.Options(world);
        MediaFault fault = world.Node.Disk.Inject(new MediaFault(kind) { Skip = n - 1, TimesMax = 1 });
        DerResult<StoreShard> result = world.Run(() => creates
            ? StoreShard.CreateAsync(world.Loop, options)
            : StoreShard.OpenAsync(world.Loop, options));
        string what = $"{(creates ? "create" : "open")}, {kind} number {n}: {result.Code}";
        world.Node.Disk.ClearFaults();
        Assert.True(result.IsSuccess || options.Report.LastError.Length > 20, $"{what}: no sentence");
        counts.Add("failed", result.IsSuccess ? 0 : 1);
        if (!result.IsSuccess)
        {
            // The same again, as a user does it: creating after a failed creation, opening after a failed opening.
            options = BasicOperations.Options(world);
            bool again = creates && !world.Node.Files.Exists("/store/meta");
            result = again ? world.Run(() => StoreShard.CreateAsync(world.Loop, options)) : world.TryOpen(options);
            Assert.True(result.IsSuccess, $"{what}: then {result.Code}: {options.Report.LastError}");
        }

        string view = world.Run(() => BasicOperations.ViewAsync(result.Value));
        Assert.True(creates || view == OperationWorld.BaseView, $"{what}: shows\n{view}");
        world.Run(result.Value.CloseAsync);
        return fault.Hits > 0;
    }
}
