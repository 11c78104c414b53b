using Daos.Fabric.Core.Time;
using Daos.Fabric.Engine.Host.Configuration;
using Daos.Fabric.Engine.Hosting;
using Daos.Fabric.Store;
using Daos.Fabric.Store.Media.Trimming;
using Daos.Fabric.Store.Scrubbing;

namespace Daos.Fabric.Engine.Tests.Host;

public sealed class ConfigurationTests
{
    private static readonly string[] s_minimal = ["--storage", "/data", "--listen", "tcp://127.0.0.1:10001"];

    [Fact]
    public void Parse_CommandLine_FillsTheOptions()
    {
        EngineOptions options = Build([.. s_minimal, "--listen=unix:///run/e.sock", "--targets", "3", "--volatile", "--poll", "--cpu", "1,2"]);

        Assert.Equal("/data", options.Path);
        Assert.Equal(["tcp://127.0.0.1:10001", "unix:///run/e.sock"], options.Listen.Select(u => u.ToString()));
        Assert.Equal(3, options.Targets);
        Assert.True(options.Volatile);
        Assert.True(options.Poll);
        Assert.Equal([1, 2], options.PinCores);
    }

    [Fact]
    public void AutoFaulty_HasDaossNamesAndDefaults()
    {
        Assert.Equal(new AutoFaultyOptions(), Build(s_minimal).AutoFaulty);
        EngineOptions options = Build(["--config", "f.yml"], "storage: /d\nlisten: [ \"unix:///e\" ]\nbdev_auto_faulty: { enable: false, max_io_errs: 100, max_csum_errs: 200 }\n");
        Assert.Equal(new AutoFaultyOptions { Enable = false, MaxIoErrors = 100, MaxChecksumErrors = 200 }, options.AutoFaulty);
    }

    [Fact]
    public void Tiers_HaveDaossRolesAndDefaults()
    {
        Assert.Empty(Build(s_minimal).Tiers);
        EngineOptions named = Build(["--config", "f.yml"], Tiers("{ path: /fast, bdev_roles: [wal, meta] }, { path: /large, bdev_roles: [data] }"));
        Assert.Equal([new("/fast", DeviceRoles.Wal | DeviceRoles.Meta), new("/large", DeviceRoles.Data)], named.Tiers);
        Assert.Equal([new StorageTier("/one"), new StorageTier("/two")], Build(["--config", "f.yml"], Tiers("{ path: /one }, { path: /two }")).Tiers);
    }

    [Fact]
    public void Tiers_OfDevices_NameThem()
    {
        EngineOptions named = Build(["--config", "f.yml"], Tiers("{ path: /fast, bdev_roles: [wal, meta] }, { bdev_list: [/dev/a, /dev/b], bdev_roles: [data] }"));
        Assert.False(named.Tiers[0].IsShared);
        Assert.Equal(["/dev/a", "/dev/b"], named.Tiers[1].Devices);
        Assert.Equal(DeviceRoles.Data, named.Tiers[1].Roles);
    }

    [Theory]
    [InlineData("devices", TrimMode.Devices)]
    [InlineData("always", TrimMode.Always)]
    [InlineData("off", TrimMode.Off)]
    public void DataTrim_Modes(string name, TrimMode mode)
    {
        Assert.Equal(TrimMode.Devices, Build(s_minimal).DataTrim);
        Assert.Equal(mode, Build(["--config", "f.yml"], $"storage: /d\nlisten: [ \"unix:///e\" ]\ndata_trim: \"{name}\"\n").DataTrim);
    }

    [Theory]
    [InlineData("{ bdev_roles: [wal] }", "a tier needs a 'path'")]
    [InlineData("{ path: /a, bdev_list: [/dev/a] }", "'path' or a 'bdev_list', not both")]
    [InlineData("{ bdev_list: [/dev/a] }, { bdev_list: [/dev/b, /dev/a] }", "a device is named twice")]
    [InlineData("{ path: /a, bdev_roles: [log] }", "must name wal, meta and data, not 'log'")]
    [InlineData("{ path: /a, bdev_roles: [wal, meta] }", "the role data lies on 0 tiers")]
    [InlineData("{ path: /a, bdev_roles: [wal, meta, data] }, { path: /b }", "name them all or none")]
    [InlineData("{ path: /a, bdev_roles: [wal, data] }, { path: /b, bdev_roles: [meta] }", "log and data share a tier without the metadata")]
    [InlineData("{ path: /a }, { path: /a/ }", "two tiers have the same path")]
    [InlineData("{ path: /a }, { path: /b }, { path: /c }, { path: /d }", "at most 3")]
    [InlineData("{ path: /a, size: 3 }", "unknown key 'size'")]
    public void Tiers_Wrong_AreRefused(string tiers, string word) =>
        Assert.Contains(word, Assert.Throws<UsageException>(() => Build(["--config", "f.yml"], Tiers(tiers))).Message, StringComparison.Ordinal);

    private static string Tiers(string tiers) => $"storage: /d\nlisten: [ \"unix:///e\" ]\nbdev_tiers: [ {tiers} ]\n";

    [Fact]
    public void BuildTls_FileAndCommandLine_NamesAllFilesOrSaysWhatIsMissing()
    {
        HostSettings settings = CommandLine.Parse(["--config", "f.yml", "--tls-key", "/k"], static _ => "tls: { ca: /c, cert: /d, key: /e }")!;
        Assert.Equal(("/c", "/d", "/k"), OptionsBuilder.BuildTls(settings) is { } tls ? (tls.CaFile, tls.CertificateFile, tls.KeyFile) : default);
        Assert.Null(OptionsBuilder.BuildTls(new HostSettings()));
        UsageException missing = Assert.Throws<UsageException>(() => OptionsBuilder.BuildTls(new HostSettings { TlsCa = "/c" }));
        Assert.Contains("--tls-cert and --tls-key", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FabricInterface_WithPorts_IsThePrimaryAddress()
    {
        EngineOptions options = Build(["--config", "f.yml", "--fabric-iface", "lo"], "storage: /d\nfabric_iface: none\nfabric_iface_port: 31316-31335\nlisten: [ \"unix:///e\" ]\n");
        Assert.Equal(["tcp://127.0.0.1:31316", "unix:///e"], options.Listen.Select(u => u.ToString()));
        Assert.Equal(new PortRange(31316, 31335), options.FabricPorts);
        Assert.Null(Build(["--storage", "/d", "--fabric-iface=lo", "--fabric-iface-port=31316"]).FabricPorts);
    }

    [Theory]
    [InlineData("--fabric-iface=lo", "needs both --fabric-iface and --fabric-iface-port")]
    [InlineData("--fabric-iface-port=1", "needs both --fabric-iface and --fabric-iface-port")]
    [InlineData("--fabric-iface=nope0 --fabric-iface-port=1", "'nope0' does not exist; this machine has ")]
    [InlineData("--fabric-iface=lo --fabric-iface-port=5-4", "takes a port or a range such as 31316-31335, not '5-4'")]
    [InlineData("--fabric-iface=lo --fabric-iface-port=0", "takes a port or a range")]
    [InlineData("--fabric-iface=lo --fabric-iface-port=1-65536", "takes a port or a range")]
    [InlineData("--listen=tcp://no-such-host.invalid:1", "the host name 'no-such-host.invalid' is not known here")]
    public void Fabric_Wrong_SaysWhat(string arguments, string expected)
    {
        UsageException error = Assert.Throws<UsageException>(() => Build(["--storage", "/d", .. arguments.Split(' ')]));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Alternatives_OfAPort_AreThoseBehindAllTags()
    {
        TransportUri primary = TransportUri.Parse("tcp://127.0.0.1:100");
        Assert.Equal(["tcp://127.0.0.1:104", "tcp://127.0.0.1:105"], TagUri.Alternatives(primary, 3, new PortRange(100, 105)).Select(u => u.ToString()));
        Assert.Empty(TagUri.Alternatives(primary, 3, null));
        Assert.Empty(TagUri.Alternatives(primary, 3, new PortRange(101, 105)));
        Assert.Empty(TagUri.Alternatives(TransportUri.Parse("unix:///e"), 3, new PortRange(100, 105)));
    }

    [Fact]
    public void Parse_FileAndCommandLine_TheCommandLineWins()
    {
        const string Text = """
            storage: /from/file
            listen: [ "tcp://127.0.0.1:1" ]
            targets: 4
            poll: true
            cpus: [ 7 ]
            pool_defaults: { log_mib: 32, data_mib: 16 }
            modules: [ Vendor.A ]
            """;

        EngineOptions options = Build(["--config", "f.yml", "--storage", "/given", "--poll=false", "--module", "Vendor.B"], Text);

        Assert.Equal("/given", options.Path);
        Assert.Equal(4, options.Targets);
        Assert.False(options.Poll);
        Assert.Equal([7], options.PinCores);
        Assert.Equal(32 << 20, options.DefaultSizes.LogBytes);
        Assert.Equal(16 << 20, options.DefaultSizes.DataBytes);
        Assert.Equal(["Vendor.A", "Vendor.B"], options.Modules.Select(m => m.Name));
    }

    [Theory]
    [InlineData("storage: /d\ntarget: 2\n", "f.yml:2:1: unknown key 'target'; did you mean 'targets'?")]
    [InlineData("storage: /d\nbdev_auto_faulty:\n  max_io_errors: 2\n", "f.yml:3:3: unknown key 'max_io_errors'; did you mean 'max_io_errs'?")]
    [InlineData("storage: /d\npool_defaults:\n  log_mb: 2\n", "f.yml:3:3: unknown key 'log_mb'; did you mean 'log_mib'?")]
    [InlineData("pool_defaults: { arena_mib: 0 }\n", "f.yml:1:29: 'arena_mib' must be a number from 1 to 8388608, not '0'")]
    [InlineData("pool_defaults: { arena_mib: 8388609 }\n", "f.yml:1:29: 'arena_mib' must be a number from 1 to 8388608, not '8388609'")]
    [InlineData("pool_defaults:\n  log_mib: 1\n", "f.yml:2:12: 'log_mib' must be a number from 2 to 4194304, not '1'")]
    [InlineData("pool_defaults:\n  data_mib: 0\n", "f.yml:2:13: 'data_mib' must be a number from 1 to 67108864, not '0'")]
    [InlineData("aggregation: { age_s: 604801 }\n", "f.yml:1:23: 'age_s' must be a number from 0 to 604800, not '604801'")]
    [InlineData("aggregation: { age_s: 1m }\n", "f.yml:1:23: 'age_s' must be a number from 0 to 604800, not '1m'")]
    [InlineData("aggregation: { interval_ms: 9 }\n", "f.yml:1:29: 'interval_ms' must be a number from 10 to 3600000, not '9'")]
    [InlineData("aggregation: { age: 9 }\n", "f.yml:1:16: unknown key 'age'; did you mean 'age_s'?")]
    [InlineData("scrub: { mode: on }\n", "f.yml:1:16: 'mode' must be off, lazy or timed, not 'on'")]
    [InlineData("scrub: { freq: 7 }\n", "f.yml:1:10: unknown key 'freq'; did you mean 'freq_s'?")]
    [InlineData("scrub: { freq_s: 0 }\n", "f.yml:1:18: 'freq_s' must be a number from 1 to 31622400, not '0'")]
    [InlineData("targets: many\n", "f.yml:1:10: 'targets' must be a number from 1 to 126, not 'many'")]
    [InlineData("targets: 127\n", "f.yml:1:10: 'targets' must be a number from 1 to 126, not '127'")]
    [InlineData("volatile: yes\n", "f.yml:1:11: 'volatile' must be true or false, not 'yes'")]
    [InlineData("listen: tcp://x:1\n", "f.yml:1:9: 'listen' must be a list")]
    [InlineData("- storage\n", "f.yml:1:1: the file must be a list of keys and values")]
    public void Parse_BadFile_NamesThePlace(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<UsageException>(() => Build(["--config", "f.yml"], text)).Message);

    [Theory]
    [InlineData("storage: /d\nstorage: /e\n")]
    [InlineData("storage: [ /d\n")]
    public void Parse_BrokenYaml_NamesThePlace(string text) =>
        Assert.StartsWith("f.yml:", Assert.Throws<UsageException>(() => Build(["--config", "f.yml"], text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_EmptyFile_LeavesEverythingToTheCommandLine() => Assert.Equal("/data", Build(["--config", "f.yml", .. s_minimal], "").Path);

    [Theory]
    [InlineData("--storge", "did you mean '--storage'?")]
    [InlineData("--listen", "--listen needs a value")]
    [InlineData("--targets=x", "--targets takes a number from 1 to 126, not 'x'")]
    [InlineData("--poll=maybe", "--poll takes true or false")]
    [InlineData("--polling=often", "--polling takes busy, adaptive or sleep, not 'often'")]
    public void Parse_BadArgument_SaysWhat(string argument, string expected) =>
        Assert.Contains(expected, Assert.Throws<UsageException>(() => Build([.. s_minimal, argument])).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_Help_AsksForNothingElse() => Assert.Null(CommandLine.Parse(["--help"], _ => ""));

    [Fact]
    public void Aggregation_InTheFile_IsDaossUnlessItSaysOtherwise()
    {
        EngineOptions asked = Build(["--config", "f.yml", .. s_minimal], "aggregation: { age_s: 5, interval_ms: 100 }");
        Assert.Equal((5_000, 100), (asked.AggregationAgeMs, asked.AggregationIntervalMs));
        EngineOptions none = Build(s_minimal);
        Assert.Equal((60_000, 2_000), (none.AggregationAgeMs, none.AggregationIntervalMs));
        none.Validate();
        Assert.Equal(
            "AggregationAgeMs is -1 ms; it must be 0 to 604800000 ms (Parameter 'AggregationAgeMs')",
            Assert.Throws<ArgumentException>((none with { AggregationAgeMs = -1 }).Validate).Message);
        Assert.StartsWith(
            "AggregationIntervalMs is 9 ms; it must be 10 to 3600000 ms",
            Assert.Throws<ArgumentException>((none with { AggregationIntervalMs = 9 }).Validate).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Scrub_InTheFile_IsDaossUnlessItSaysOtherwise()
    {
        Assert.Equal(
            new ScrubOptions { Mode = ScrubMode.Timed, FrequencySeconds = 60, Threshold = 5, BytesPerSecondMax = 100 << 20 },
            Build(["--config", "f.yml", .. s_minimal], "scrub: { mode: timed, freq_s: 60, thresh: 5, rate_mibs: 100 }").Scrub);
        ScrubOptions none = Build(s_minimal).Scrub;
        Assert.Equal((ScrubMode.Off, 604_800, 0, 0), (none.Mode, none.FrequencySeconds, none.Threshold, none.BytesPerSecondMax));
    }

    [Fact]
    public void ShardSizes_AtTheirLimits_AreThoseOfTheStore()
    {
        foreach (ShardSizes sizes in (ShardSizes[])[Sizes(1 << 20, 2 << 20, 1 << 20), Sizes(1L << 43, 1L << 42, 1L << 46)])
        {
            sizes.Validate();
            new StoreOptions
            {
                Path = "/d",
                Hlc = new HybridLogicalClock(SystemClock.Instance),
                Random = new SeededRandom(1),
                ArenaReserveBytes = sizes.ArenaBytes,
                LogBytes = sizes.LogBytes,
                DataBytes = sizes.DataBytes,
            }.Validate();
        }

        foreach (ShardSizes sizes in (ShardSizes[])
            [
                Sizes((1 << 20) - 1, 2 << 20, 1 << 20), Sizes(1 << 20, (2 << 20) - 1, 1 << 20), Sizes(1 << 20, (2 << 20) + 1, 1 << 20),
                Sizes(1 << 20, 2 << 20, 0), Sizes((1L << 43) + 1, 2 << 20, 1 << 20),
            ])
        {
            Assert.Throws<ArgumentException>(sizes.Validate);
        }

        static ShardSizes Sizes(long arena, long log, long data) => new() { ArenaBytes = arena, LogBytes = log, DataBytes = data };
    }

    private static EngineOptions Build(string[] arguments, string file = "") =>
        OptionsBuilder.Build(CommandLine.Parse(arguments, _ => file)!, _ => { });
}
