using Daos.Fabric.Store;
using Daos.Fabric.Store.Scrubbing;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Daos.Fabric.Engine.Host.Configuration;

/// <summary>
/// Reads the configuration file strictly: an unknown key, a value of the wrong kind and a repeated key are errors that name file, line
/// and column. Start-up only.
/// </summary>
internal sealed partial class YamlSettings
{
    private const long MiB = 1024 * 1024;

    private static readonly string[] s_keys = ["storage", "bdev_tiers", "listen", "fabric_iface", "fabric_iface_port", "targets", "rank", "ranks", "swim", "volatile", "polling", "poll", "cpus", "tls", "pool_defaults", "aggregation", "scrub", "data_trim", "modules", "bdev_auto_faulty", "socket_dir", "instance_idx"];
    private static readonly string[] s_tlsKeys = ["ca", "cert", "key"];
    private static readonly string[] s_swimKeys = ["period_ms", "ping_timeout_ms", "suspect_timeout_ms"];
    private static readonly string[] s_scrubKeys = ["mode", "freq_s", "thresh", "rate_mibs"];
    private static readonly string[] s_aggregationKeys = ["age_s", "interval_ms"];
    private static readonly string[] s_poolKeys = ["arena_mib", "log_mib", "data_mib"];

    private static readonly string[] s_faultyKeys = ["enable", "max_io_errs", "max_csum_errs"];

    private readonly string _file;
    private readonly HostSettings _settings = new();

    private YamlSettings(string file) => _file = file;

    /// <summary>Reads the text of a file.</summary>
    internal static HostSettings Parse(string file, string text)
    {
        var reader = new YamlSettings(file);
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count > 0)
            {
                reader.ReadRoot(stream.Documents[0].RootNode);
            }
        }
        catch (YamlException exception)
        {
            throw new UsageException($"{file}:{exception.Start.Line}:{exception.Start.Column}: {exception.Message}");
        }

        return reader._settings;
    }

    private void ReadRoot(YamlNode root)
    {
        if (root is YamlScalarNode { Value: "" or null })
        {
            return;
        }

        foreach ((string key, YamlNode value) in Pairs(root, s_keys, "the file"))
        {
            switch (key)
            {
                case "storage":
                    _settings.Storage = Text(key, value);
                    break;
                case "bdev_tiers":
                    _settings.Tiers = [.. Items(key, value).Select(ReadTier)];
                    break;
                case "listen":
                    _settings.Listen = [.. Items(key, value).Select(v => Text(key, v))];
                    break;
                case "fabric_iface":
                    _settings.FabricIface = Text(key, value);
                    break;
                case "fabric_iface_port":
                    _settings.FabricPorts = PortRange.TryParse(Text(key, value), out PortRange ports)
                        ? ports
                        : throw Error(value, $"'{key}' must be a port or a range such as {PortRange.Example}");
                    break;
                case "targets":
                    _settings.Targets = (int)Number(key, value, 1, Limits.TargetsMax);
                    break;
                case "rank":
                    _settings.Rank = (int)Number(key, value, 0, Limits.RankMax);
                    break;
                case "ranks":
                    _settings.Ranks = [.. Items(key, value).Select(v => Text(key, v))];
                    break;
                case "swim":
                    ReadSwim(value);
                    break;
                case "volatile":
                    _settings.Volatile = Flag(key, value);
                    break;
                case "poll":
                    _settings.Polling = Flag(key, value) ? PollingPolicy.Busy : PollingPolicy.Adaptive;
                    break;
                case "polling":
                    _settings.Polling = PollingName.Parse(Text(key, value)) ?? throw Error(value, $"'{key}' must be {PollingName.All}");
                    break;
                case "cpus":
                    _settings.Cpus = [.. Items(key, value).Select(v => (int)Number(key, v, 0, Limits.CpuMax))];
                    break;
                case "tls":
                    ReadTls(value);
                    break;
                case "pool_defaults":
                    ReadPoolDefaults(value);
                    break;
                case "aggregation":
                    ReadAggregation(value);
                    break;
                case "scrub":
                    _settings.Scrub = ReadScrub(value);
                    break;
                case "data_trim":
                    _settings.DataTrim = TrimModeOf(key, value);
                    break;
                case "bdev_auto_faulty":
                    ReadAutoFaulty(value);
                    break;
                case "socket_dir":
                    _settings.SocketDirectory = Text(key, value);
                    break;
                case "instance_idx":
                    _settings.InstanceIndex = (int)Number(key, value, 0, Limits.InstancesMax);
                    break;
                case "modules":
                    _settings.Modules = [.. Items(key, value).Select(v => Text(key, v))];
                    break;
            }
        }
    }

    private void ReadTls(YamlNode node)
    {
        foreach ((string key, YamlNode value) in Pairs(node, s_tlsKeys, "tls"))
        {
            switch (key)
            {
                case "ca":
                    _settings.TlsCa = Text(key, value);
                    break;
                case "cert":
                    _settings.TlsCert = Text(key, value);
                    break;
                case "key":
                    _settings.TlsKey = Text(key, value);
                    break;
            }
        }
    }

    private void ReadSwim(YamlNode node)
    {
        foreach ((string key, YamlNode value) in Pairs(node, s_swimKeys, "swim"))
        {
            var ms = (int)Number(key, value, 1, Limits.SwimMsMax);
            switch (key)
            {
                case "period_ms":
                    _settings.SwimPeriodMs = ms;
                    break;
                case "ping_timeout_ms":
                    _settings.SwimPingTimeoutMs = ms;
                    break;
                case "suspect_timeout_ms":
                    _settings.SwimSuspectTimeoutMs = ms;
                    break;
            }
        }
    }

    private void ReadAutoFaulty(YamlNode node)
    {
        foreach ((string key, YamlNode value) in Pairs(node, s_faultyKeys, "bdev_auto_faulty"))
        {
            switch (key)
            {
                case "enable":
                    _settings.AutoFaulty = Flag(key, value);
                    break;
                case "max_io_errs":
                    _settings.MaxIoErrors = (uint)Number(key, value, 0, uint.MaxValue);
                    break;
                case "max_csum_errs":
                    _settings.MaxChecksumErrors = (uint)Number(key, value, 0, uint.MaxValue);
                    break;
            }
        }
    }

    private void ReadPoolDefaults(YamlNode node)
    {
        foreach ((string key, YamlNode value) in Pairs(node, s_poolKeys, "pool_defaults"))
        {
            switch (key)
            {
                case "arena_mib":
                    _settings.ArenaMib = Mib(key, value, StoreOptions.ArenaBytesMin, StoreOptions.ArenaBytesMax);
                    break;
                case "log_mib":
                    _settings.LogMib = Mib(key, value, ShardSizes.LogBytesMin, StoreOptions.LogBytesMax);
                    break;
                case "data_mib":
                    _settings.DataMib = Mib(key, value, StoreOptions.DataBytesMin, StoreOptions.DataBytesMax);
                    break;
            }
        }
    }

    private void ReadAggregation(YamlNode node)
    {
        foreach ((string key, YamlNode value) in Pairs(node, s_aggregationKeys, "aggregation"))
        {
            switch (key)
            {
                case "age_s":
                    _settings.AggregationAgeS = (int)Number(key, value, 0, EngineOptions.AggregationAgeMsMax / 1000);
                    break;
                case "interval_ms":
                    _settings.AggregationIntervalMs = (int)Number(key, value, EngineOptions.AggregationIntervalMsMin, EngineOptions.AggregationIntervalMsMax);
                    break;
            }
        }
    }

    private ScrubOptions ReadScrub(YamlNode node)
    {
        var scrub = new ScrubOptions();
        foreach ((string key, YamlNode value) in Pairs(node, s_scrubKeys, "scrub"))
        {
            scrub = key switch
            {
                "mode" => scrub with { Mode = ScrubModeOf(key, value) },
                "freq_s" => scrub with { FrequencySeconds = (int)Number(key, value, 1, ScrubOptions.FrequencySecondsMax) },
                "thresh" => scrub with { Threshold = (int)Number(key, value, 0, int.MaxValue) },
                _ => scrub with { BytesPerSecondMax = Number(key, value, 0, Limits.ScrubMibsMax) * MiB },
            };
        }

        return scrub;
    }

    private ScrubMode ScrubModeOf(string key, YamlNode node) => Text(key, node) switch
    {
        "off" => ScrubMode.Off,
        "lazy" => ScrubMode.Lazy,
        "timed" => ScrubMode.Timed,
        string other => throw Error(node, $"'{key}' must be off, lazy or timed, not '{other}'"),
    };

    private IEnumerable<(string Key, YamlNode Value)> Pairs(YamlNode node, string[] known, string where)
    {
        if (node is not YamlMappingNode mapping)
        {
            throw Error(node, $"{where} must be a list of keys and values");
        }

        foreach ((YamlNode keyNode, YamlNode value) in mapping.Children)
        {
            string key = (keyNode as YamlScalarNode)?.Value ?? throw Error(keyNode, "a key must be a plain word");
            if (!known.Contains(key, StringComparer.Ordinal))
            {
                throw Error(keyNode, $"unknown key '{key}'; did you mean '{NearestName.Of(key, known)}'?");
            }

            yield return (key, value);
        }
    }

    private IEnumerable<YamlNode> Items(string key, YamlNode node) =>
        node is YamlSequenceNode sequence ? sequence.Children : throw Error(node, $"'{key}' must be a list");

    private string Text(string key, YamlNode node) =>
        node is YamlScalarNode { Value: { Length: > 0 } text } ? text : throw Error(node, $"'{key}' must be a text");

    private bool Flag(string key, YamlNode node) => Text(key, node) switch
    {
        "true" => true,
        "false" => false,
        string other => throw Error(node, $"'{key}' must be true or false, not '{other}'"),
    };

    private long Number(string key, YamlNode node, long min, long max)
    {
        string text = Text(key, node);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= min && number <= max
            ? number
            : throw Error(node, $"'{key}' must be a number from {min} to {max}, not '{text}'");
    }

    // What the store would refuse when a pool is created is refused here, where file and line are known.
    private long Mib(string key, YamlNode node, long minBytes, long maxBytes) => Number(key, node, minBytes / MiB, maxBytes / MiB);

    private UsageException Error(YamlNode node, string what) => new($"{_file}:{node.Start.Line}:{node.Start.Column}: {what}");
}
