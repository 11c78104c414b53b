using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Options;

/// <summary>One option: its fio name, what it does, and how it is read.</summary>
internal sealed record OptionRow(string Name, string Help, Action<JobOptions, string> Apply);

/// <summary>Every option of a job, in one table; parser, help and the did-you-mean read it. Any thread.</summary>
internal static class OptionTable
{
    internal static readonly string[] Engines = ["null", "rpc", "bulk", "store", "kv", "array", "object"];

    internal static readonly OptionRow[] Rows =
    [
        new("name", "name of the job; on the command line it opens a new job", (o, v) => o.Name = v),
        new("ioengine", "null, rpc, bulk, store, kv, array or object", (o, v) => o.Engine = OneOf("ioengine", v, Engines)),
        new("rw", "read, write, randread, randwrite, rw or randrw", (o, v) => o.Pattern = PatternOf(v)),
        new("bs", "block size: bytes of one operation (4k)", (o, v) => o.BlockBytes = Size("bs", v, 1, 64L << 20)),
        new("size", "bytes the job walks over; size / bs blocks or keys (64m)", (o, v) => o.SizeBytes = Size("size", v, 1, 1L << 50)),
        new("iodepth", "operations in flight per job (1)", (o, v) => o.Depth = Number("iodepth", v, 1, 4096)),
        new("numjobs", "copies of the job, one thread each (1)", (o, v) => o.Jobs = Number("numjobs", v, 1, 256)),
        new("runtime", "stop after this time", (o, v) => o.RuntimeNs = Units.ParseTimeNs("runtime", v)),
        new("time_based", "run for the whole runtime, starting over as often as needed", (o, v) => o.TimeBased = Flag("time_based", v)),
        new("ramp_time", "run unmeasured for this time first", (o, v) => o.RampNs = Units.ParseTimeNs("ramp_time", v)),
        new("number_ios", "stop after so many measured operations", (o, v) => o.NumberOfIos = Size("number_ios", v, 1, long.MaxValue)),
        new("rwmixread", "percent of reads in rw and randrw (50)", (o, v) => o.ReadPercent = Number("rwmixread", v, 0, 100)),
        new("verify", "crc32c: stamp every block and check it when read; 0 or none: check only whose block it is", (o, v) => o.VerifyCrc32C = VerifyOf(v)),
        new("randseed", "seed of offsets, mix and data (0x89)", (o, v) => o.RandSeed = (ulong)Size("randseed", v, 0, long.MaxValue)),
        new("norandommap", "random offsets may repeat before all were visited", (o, v) => o.NoRandomMap = Flag("norandommap", v)),
        new("percentile_list", "percentiles to report, separated by colons", (o, v) => o.Percentiles = PercentilesOf(v)),
        new("group_reporting", "one report for all copies and jobs of a group", (o, v) => o.GroupReporting = Flag("group_reporting", v)),
        new("stonewall", "wait for the jobs before this one; starts a new group", (o, v) => o.Stonewall = Flag("stonewall", v)),
        new("uri", "engine to talk to: tcp://host:port, unix:///path, shm://name or an ofi+ address; loopback://name is a thread of dfio that answers rpc and bulk; without it the system is embedded", (o, v) => o.Uri = v),
        new("tls_ca", "authorities (PEM) that the engine's certificate must come from; tcp then speaks TLS 1.3", (o, v) => o.TlsCa = v),
        new("tls_cert", "the client's certificate (PEM)", (o, v) => o.TlsCert = v),
        new("tls_key", "its private key (PEM)", (o, v) => o.TlsKey = v),
        new("directory", "where an embedded system or a store keeps its files (default: a temporary directory, removed at the end)", (o, v) => o.Directory = v),
        new("durability", "durable (default) or volatile, for an embedded system or a store", (o, v) => o.Volatile = OneOf("durability", v, ["durable", "volatile"]) == "volatile"),
        new("targets", "targets of an embedded system (1)", (o, v) => o.Targets = Number("targets", v, 1, 64)),
        new("polling", "busy, adaptive (default) or sleep: what the job's thread (and an embedded engine) does while idle", (o, v) => o.Polling = PollingOf(v)),
        new("poll", "short for polling=busy", (o, v) => o.Polling = Flag("poll", v) ? PollingPolicy.Busy : PollingPolicy.Adaptive),
        new("spin", "the longest adaptive spin before blocking (50us)", (o, v) => o.SpinNs = Units.ParseTimeNs("spin", v)),
        new("connections", "connections of one job to its engine, for ioengine=rpc; calls take them in turn (1)", (o, v) => o.Connections = Number("connections", v, 1, 64)),
        new("idle_connections", "connections beside them that say nothing, for ioengine=rpc (0)", (o, v) => o.IdleConnections = Number("idle_connections", v, 0, 4096)),
        new("bulk_beside", "one-sided transfers of 1 MiB kept under way beside the calls, on their connections, for ioengine=rpc (0)", (o, v) => o.BulkBeside = Number("bulk_beside", v, 0, 64)),
        new("submit", "owner: the job's thread owns the client's context (default); app: asynchronous callers on the thread pool use the public API", (o, v) => o.AppThreads = OneOf("submit", v, ["owner", "app"]) == "app"),
        new("direct", "1 (default): media are read and written with O_DIRECT; there is no other way, so 0 is refused", (o, v) => RequireDirect(v)),
        new("disable_slat", "do not measure submission latency; clat then counts from the decision to submit (0)", (o, v) => o.MeasuresSubmission = !Flag("disable_slat", v)),
        new("gtod_reduce", "do not time single operations: rates only, from one clock read per turn of the loop (0)", (o, v) => o.MeasuresLatency = !Flag("gtod_reduce", v)),
        new("layout", "write all blocks once before a job that reads (1)", (o, v) => o.Layout = Flag("layout", v)),
        new("arena", "metadata memory reserved per target of an embedded system or a store", (o, v) => o.ArenaBytes = Size("arena", v, 1 << 20, 1L << 40)),
        new("datasize", "data space per target of an embedded system (default: 1g and room for the jobs) or a store", (o, v) => o.DataBytes = Size("datasize", v, 1 << 20, 1L << 46)),
        new("aggregate", "for ioengine=store: aggregation under way all the time, of versions so many milliseconds old (0: none)", (o, v) => o.AggregationAgeMs = Number("aggregate", v, 0, 3_600_000)),
        new("logsize", "log of a durable store, for ioengine=store (256m)", (o, v) => o.LogBytes = Size("logsize", v, 2 << 20, 1L << 42) & -4096),
        new("lookahead", "operations at hand beside those in flight, for ioengine=store: the store hears of so many keys before the first of them is used (0: of none)", (o, v) => o.LookAhead = Number("lookahead", v, 0, 64)),
        new("existing", "open the store that an earlier job left in directory, for ioengine=store (0)", (o, v) => o.OpensExisting = Flag("existing", v)),
        new("abandon", "end as a killed process does, without a last checkpoint, for ioengine=store; its memory goes with the process (0)", (o, v) => o.Abandons = Flag("abandon", v)),
        new("scrub", "bytes per second at most that a timed scrubber checks beside ioengine=store; beside_bytes says how many it did (0: none)", (o, v) => o.ScrubBytesPerSecond = Size("scrub", v, 0, 1L << 40)),
        new("scrub_data", "bytes of arrays in the data space, beside the keys of ioengine=store, for a scrubber to check (0)", (o, v) => o.ScrubDataBytes = Size("scrub_data", v, 0, 1L << 40)),
        new("plant_alloc", "allocate one array every so many operations, to prove that the allocation figure notices", (o, v) => o.PlantedAllocation = Number("plant_alloc", v, 1, int.MaxValue)),
    ];

    /// <summary>Applies one option; the error names the nearest option.</summary>
    internal static void Apply(JobOptions options, string name, string value)
    {
        OptionRow? row = Rows.FirstOrDefault(r => r.Name == name);
        if (row is null)
        {
            string nearest = Rows.MinBy(r => Distance(r.Name, name))!.Name;
            throw new OptionException($"unknown option '{name}'; did you mean '{nearest}'? dfio --cmdhelp lists all");
        }

        row.Apply(options, value);
        options.Written[name] = value;
    }

    private static PollingPolicy PollingOf(string value) => OneOf("polling", value, ["busy", "adaptive", "sleep"]) switch
    {
        "busy" => PollingPolicy.Busy,
        "sleep" => PollingPolicy.Sleep,
        _ => PollingPolicy.Adaptive,
    };

    private static AccessPattern PatternOf(string value)
    {
        foreach ((string name, AccessPattern pattern) in AccessPatterns.Names)
        {
            if (name == value)
            {
                return pattern;
            }
        }

        throw new OptionException($"rw={value}: use {string.Join(", ", AccessPatterns.Names.Select(n => n.Name))}");
    }

    private static void RequireDirect(string value)
    {
        if (!Flag("direct", value))
        {
            throw new OptionException("direct=0: the store reads and writes its media with O_DIRECT only; leave the option out or write direct=1");
        }
    }

    private static bool VerifyOf(string value) => OneOf("verify", value, ["crc32c", "none", "0"]) == "crc32c";

    private static double[] PercentilesOf(string value)
    {
        var list = new List<double>();
        foreach (string part in value.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) || percent is <= 0 or > 100)
            {
                throw new OptionException($"percentile_list={value}: '{part}' is not a number above 0 and up to 100");
            }

            list.Add(percent);
        }

        return list.Count is > 0 and <= 20 ? [.. list.Order()] : throw new OptionException($"percentile_list={value}: give 1 to 20 numbers");
    }

    private static string OneOf(string option, string value, string[] allowed) =>
        allowed.Contains(value) ? value : throw new OptionException($"{option}={value}: use {string.Join(", ", allowed)}");

    private static bool Flag(string option, string value) => OneOf(option, value, ["1", "0", ""]) != "0";

    private static int Number(string option, string value, int min, int max) => (int)Size(option, value, min, max);

    private static long Size(string option, string value, long min, long max)
    {
        long number = value.StartsWith("0x", StringComparison.Ordinal)
            && long.TryParse(value.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long hex)
            ? hex
            : Units.ParseSize(option, value);
        return number >= min && number <= max ? number : throw new OptionException($"{option}={value}: use {min} to {max}");
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(cost, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
