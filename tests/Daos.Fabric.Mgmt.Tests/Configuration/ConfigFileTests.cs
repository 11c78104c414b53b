using System.Text;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Tests.Support;

namespace Daos.Fabric.Mgmt.Tests.Configuration;

/// <summary>Whole files: what they mean, what they cost, what the manual says of them.</summary>
public sealed class ConfigFileTests
{
    [Fact]
    public void EmptyFile_HasTheDefaults()
    {
        foreach (string text in (string[])["", "# nothing\n", "---\n", "name:\n"])
        {
            ServerConfig config = ConfigFile.Parse("f", text).Config!;
            Assert.Equal("daos_server", config.Name);
            Assert.Equal(10001, config.Port);
            Assert.False(config.AllowsInsecure);
            Assert.Equal(TimeSpan.FromSeconds(300), config.RestartDelay);
            Assert.Equal("/var/run/daos_server", config.SocketDirectory);
            Assert.Empty(config.Engines);
        }
    }

    [Fact]
    public void Values_AreRead()
    {
        ServerConfig config = ConfigFile.Parse("f", """
            name: prod
            access_points: [a, 'b:4', '[::1]:5']
            engine_auto_restart_min_delay: 2m
            control_metadata: {path: /meta, device: /dev/sdb1}
            provider: ofi+tcp
            secondary_provider: tcp
            core_dump_filter: 0x13
            servers:
            - targets: 4
              fabric_iface: ib0
              fabric_iface_port: 20000
              first_core: 2
              env_vars: [A=1]
              bdev_auto_faulty: {enable: false, max_io_errs: 7}
              storage:
              - {class: ram, scm_mount: /mnt/daos, scm_size: 5, scm_hugepages_disabled: false}
              - {class: nvme, bdev_list: ['0000:81:00.0'], bdev_roles: [wal, meta]}
              - {class: file, bdev_list: /data/f, bdev_size: 100MiB, bdev_roles: data}
            """).Config!;
        Assert.Equal(["a", "b:4", "[::1]:5"], config.Replicas);
        Assert.Equal(TimeSpan.FromSeconds(120), config.RestartDelay);
        Assert.Equal(("/meta", "/dev/sdb1", 0x13L), (config.MetadataPath, config.MetadataDevice, config.CoreDumpFilter));
        EngineConfig engine = Assert.Single(config.Engines);
        Assert.Equal(["ofi+tcp", "tcp"], engine.Providers);
        Assert.Equal((4, 2, 20000, "ib0"), (engine.Targets, engine.FirstCore, engine.Port, engine.Interface));
        Assert.Equal((false, 7L), (engine.AutoFaulty, engine.MaxIoErrors));
        Assert.Equal((TierClass.Ram, 5 * Units.GiB, true), (engine.Scm.Class, engine.Scm.SizeBytes, engine.Scm.HugePages));
        Assert.Equal((TierClass.Nvme, "0000:81:00.0"), (engine.Tiers[0].Class, engine.Tiers[0].Device));
        Assert.Equal((TierClass.File, 100L << 20), (engine.Tiers[1].Class, engine.Tiers[1].SizeBytes));
        Assert.Equal(["data"], engine.Tiers[1].Roles);
    }

    [Fact]
    public void SeveralErrors_AreAllTold_AndFurtherOnesCounted()
    {
        ConfigFile file = ConfigFile.Parse("f", "port: 0\nnam: x\nprovider: q\n");
        Assert.Equal([1, 2, 3], file.Problems.All.Select(static p => p.Line));

        var many = new StringBuilder();
        for (int i = 0; i < 100; i++)
        {
            many.Append(CultureInfo.InvariantCulture, $"wrong{i}: 1\n");
        }

        string[] lines = [.. ConfigFile.Parse("f", many.ToString()).Problems.Lines("f")];
        Assert.Equal(Limits.ConfigProblemsMax + 1, lines.Length);
        Assert.Equal($"f: and {100 - Limits.ConfigProblemsMax} more problems", lines[^1]);
    }

    [Fact]
    public void HostileFile_CostsLittle()
    {
        // Deep, wide, long, and repeated: each ends with one sentence.
        Assert.Contains("deep in each other", Only(new string('[', 100_000)), StringComparison.Ordinal);
        Assert.Contains("deep in each other", Only(string.Concat(Enumerable.Repeat("- ", 100_000))), StringComparison.Ordinal);
        Assert.Contains("deep in each other", Only(string.Concat(Enumerable.Repeat("{a: ", 100_000))), StringComparison.Ordinal);
        Assert.Contains($"more than {Limits.ConfigNodesMax} values", Only("engines: [" + string.Concat(Enumerable.Repeat("1,", 200_000)) + "]"), StringComparison.Ordinal);
        Assert.Contains("anchors and aliases", Only("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"), StringComparison.Ordinal);
        string told = Only($"name: {new string('x', 500_000)}");
        Assert.True(told.Length < 400, told);
    }

    [Fact]
    public void File_ThatCannotBeRead_IsToldWithWhatToDo()
    {
        using var folder = new Folder();
        Assert.Null(ConfigFile.Load($"{folder.Path}/none.yml", [], out string? problem));
        Assert.Equal($"{folder.Path}/none.yml does not exist; 'daos_server config generate --output {folder.Path}/none.yml' writes one, --config-path names another", problem);
        Assert.Null(ConfigFile.Load($"{folder.Path}/no/ne.yml", [], out problem));
        Assert.Contains("does not exist", problem, StringComparison.Ordinal);
        Assert.Null(ConfigFile.Load(folder.Path, [], out problem));
        Assert.Contains("cannot be read", problem, StringComparison.Ordinal);
        File.WriteAllBytes($"{folder.Path}/binary", [0xFF, 0xFE, 0x80]);
        Assert.Null(ConfigFile.Load($"{folder.Path}/binary", [], out problem));
        Assert.Equal($"{folder.Path}/binary is not UTF-8 text: is it the right file?", problem);
        File.WriteAllBytes($"{folder.Path}/large", new byte[Limits.ConfigBytesMax + 1]);
        Assert.Null(ConfigFile.Load($"{folder.Path}/large", [], out problem));
        Assert.Equal($"{folder.Path}/large is larger than 1MiB; a configuration is a few KiB: is it the right file?", problem);
        File.WriteAllBytes($"{folder.Path}/bom.yml", [0xEF, 0xBB, 0xBF, .. "name: x"u8]);
        Assert.Equal("x", ConfigFile.Load($"{folder.Path}/bom.yml", [], out _)!.Config!.Name);
    }

    [Fact]
    public void RandomFiles_NeverThrow()
    {
        var random = new Random(5);
        string[] pieces = ["name", "engines", ": ", "\n", "- ", "[", "]", "{", "}", "storage", "class", "dir", "1", "'", "\"", " ", "  ", ", ", "&a", "*a", "!!x ", "|", "\t", "~", "scm_mount", "/x", "bdev_list", "?", "%"];
        for (int i = 0; i < 3000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => pieces[random.Next(pieces.Length)]));
            ConfigFile file = ConfigFile.Parse("f", text);
            Assert.Equal(file.Config is null, file.Problems.HasErrors);
        }
    }

    [Fact]
    public void Sample_IsGood_AndHasAtMostTwentyKeys()
    {
        ConfigFile file = ConfigFile.Load($"{AppContext.BaseDirectory}/daos_server.yml", [], out _)!;
        Assert.Empty(file.Problems.Lines("sample"));
        Assert.InRange(EffectiveValues.Of(file).Count(static v => v.Origin != "default"), 10, 20);
        int keys = File.ReadLines(file.Path).Count(static l => l.TrimStart(' ', '-') is [not '#', ..] t && t.Contains(':', StringComparison.Ordinal));
        Assert.InRange(keys, 10, 20);
    }

    [Fact]
    public void Manual_ListsEveryKeyAsTheCodeHasIt()
    {
        string[] manual = [.. File.ReadLines($"{AppContext.BaseDirectory}/manual.md").SkipWhile(static l => l != KeyTable.Head).Skip(2).TakeWhile(static l => l.StartsWith('|'))];
        string[] code = [.. KeyTable.Rows()];
        Assert.True(manual.SequenceEqual(code), $"the manual's table should be\n{KeyTable.Head}\n|---|---|---|---|---|\n{string.Join('\n', code)}");
    }

    [Fact]
    public void Defaults_AreWhatTheirKeysAccept()
    {
        foreach (ConfigKey key in ConfigSchema.All.Where(static k => k.Default.Length > 0))
        {
            var problems = new ConfigProblems();
            Assert.NotNull(ValueParser.Parse(key, new ConfigNode { Text = key.Default }, problems));
            Assert.Empty(problems.All);
        }
    }

    private static string Only(string text)
    {
        ConfigFile file = ConfigFile.Parse("f", text);
        Assert.Null(file.Config);
        return Assert.Single(file.Problems.Lines("f"));
    }
}
