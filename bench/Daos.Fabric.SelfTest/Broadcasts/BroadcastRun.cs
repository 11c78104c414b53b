using System.Text.Json;
using Daos.Fabric.Core.Metrics;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.SelfTest.Options;
using Daos.Fabric.SelfTest.Running;

namespace Daos.Fabric.SelfTest.Broadcasts;

/// <summary>
/// Broadcasts over many ranks in this one process, which call each other over tcp as ranks of different machines do. Owned by the main thread.
/// </summary>
internal static class BroadcastRun
{
    /// <summary>Runs them, prints the figures, and gives the exit code.</summary>
    internal static int Measure(ToolOptions options)
    {
        using var loop = new ToolLoop(options);
        BroadcastResult result = Run(loop, options);
        if (options.Json)
        {
            WriteJson(options, result);
        }
        else
        {
            WriteText(options, result);
        }

        if (!result.IsGood)
        {
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"self_test: {result.Failed} broadcasts failed, each rank once: {(result.IsOnceEach ? "yes" : "no")}, depth {result.Depth} (at most {result.DepthLimit})"));
        }

        return result.IsGood ? 0 : 1;
    }

    private static BroadcastResult Run(ToolLoop loop, ToolOptions options)
    {
        var random = new SeededRandom(SystemEntropy.Seed());
        var ranks = new List<BroadcastRank>();
        try
        {
            for (uint rank = 0; rank < options.BroadcastRanks; rank++)
            {
                ranks.Add(new BroadcastRank(loop.Rpc.Loop, rank, random.Fork()));
            }

            return loop.Drive(() => RunAsync(loop.Rpc.Loop, ranks, options));
        }
        finally
        {
            ranks.ForEach(r => r.Dispose());
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<BroadcastResult> RunAsync(OwnerLoop loop, List<BroadcastRank> ranks, ToolOptions options)
    {
        GroupMember[] members = [.. ranks.Select(static (r, i) => new GroupMember(new Rank((uint)i), r.Uri))];
        foreach (BroadcastRank rank in ranks)
        {
            rank.Group.Modify(1, GroupChange.Replace, members);
        }

        var call = new CollectiveCall(BroadcastOperation.Number) { Topology = options.Tree };
        byte[] payload = new byte[64];
        for (int i = 0; i < options.WarmUp; i++)
        {
            await ranks[0].Collectives.BroadcastAsync(call, payload);
        }

        long[] before = [.. ranks.Select(static r => r.Operation.Count)];
        var latency = new Histogram();
        int failed = 0;
        long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        long startNs = loop.Clock.MonotonicNs;
        long endNs = startNs;
        for (int i = 0; i < options.Repetitions; i++)
        {
            CollectiveResult result = await ranks[0].Collectives.BroadcastAsync(call, payload);
            failed += result.Code.IsSuccess && result.Reached == ranks.Count ? 0 : 1;
            long nowNs = loop.Clock.MonotonicNs;
            latency.Record(nowNs - endNs);
            endNs = nowNs;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        bool once = ranks.Select((r, i) => r.Operation.Count - before[i]).All(count => count == options.Repetitions);
        return new BroadcastResult(
            options.Repetitions, failed, once, DepthOf(ranks), LimitOf(options.Tree, ranks.Count), endNs - startNs, latency, allocated);
    }

    // By the parents that the ranks really had.
    private static int DepthOf(List<BroadcastRank> ranks)
    {
        int deepest = 0;
        foreach (BroadcastRank rank in ranks)
        {
            int depth = 0;
            for (Rank parent = rank.Operation.Parent; parent != Rank.None && depth <= ranks.Count; parent = ranks[(int)parent.Value].Operation.Parent)
            {
                depth++;
            }

            deepest = Math.Max(deepest, depth);
        }

        return deepest;
    }

    private static int LimitOf(TreeTopology tree, int ranks) =>
        tree.Kind == TreeKind.Flat ? 1 : (int)Math.Ceiling(Math.Round(Math.Log(ranks, tree.Ratio), 9));

    private static void WriteText(ToolOptions options, BroadcastResult r)
    {
        string perRank = Round(r.AllocatedBytes / (double)r.Broadcasts / options.BroadcastRanks);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.BroadcastRanks} ranks, {TreeParser.Format(options.Tree)}: {r.Broadcasts} broadcasts, {r.Failed} failed, each rank once: {(r.IsOnceEach ? "yes" : "no")}, depth {r.Depth} (at most {r.DepthLimit})"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Round(r.Broadcasts * 1e9 / r.ElapsedNs)}/s, latency us p50 {Us(r.Latency.Percentile(50))} p99 {Us(r.Latency.Percentile(99))} max {Us(r.Latency.Max)}; {perRank} bytes allocated per broadcast and rank"));
    }

    private static void WriteJson(ToolOptions options, BroadcastResult r)
    {
        using Stream output = Console.OpenStandardOutput();
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("ranks", options.BroadcastRanks);
        json.WriteString("tree", TreeParser.Format(options.Tree));
        json.WriteNumber("broadcasts", r.Broadcasts);
        json.WriteNumber("failed", r.Failed);
        json.WriteBoolean("once_each", r.IsOnceEach);
        json.WriteNumber("depth", r.Depth);
        json.WriteNumber("depth_limit", r.DepthLimit);
        json.WriteNumber("broadcasts_per_second", Math.Round(r.Broadcasts * 1e9 / r.ElapsedNs, 3));
        json.WriteNumber("p50_ns", r.Latency.Percentile(50));
        json.WriteNumber("p99_ns", r.Latency.Percentile(99));
        json.WriteNumber("allocated_bytes_per_broadcast_and_rank", Math.Round(r.AllocatedBytes / (double)r.Broadcasts / options.BroadcastRanks, 3));
        json.WriteEndObject();
    }

    private static string Us(long ns) => (ns / 1000.0).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Round(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
