namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>What two engines of one host cannot both have. One thread.</summary>
internal sealed class SharingRules(ConfigSection file, ConfigProblems problems)
{
    internal void Check()
    {
        IReadOnlyList<ConfigSection> engines = file.Sections("engines");
        Distinct(engines.SelectMany(e => e.Sections("storage")).Where(t => t.IsGiven("scm_mount")), static t => [t.Text("scm_mount")!.TrimEnd('/')], "scm_mount");
        Distinct(engines.SelectMany(e => e.Sections("storage")).Where(t => t.IsGiven("bdev_list")), static t => t.List("bdev_list"), "bdev_list");
        Distinct(engines.SelectMany(e => e.Sections("storage")).Where(t => t.IsGiven("scm_list")), static t => t.List("scm_list"), "scm_list");
        Distinct(engines.Where(e => e.IsGiven("log_file")), static e => [e.Text("log_file")!], "log_file");
        CheckNesting(engines);
        CheckPorts(engines);
    }

    private void Distinct(IEnumerable<ConfigSection> sections, Func<ConfigSection, string[]> values, string name)
    {
        var first = new Dictionary<string, ConfigNode>(StringComparer.Ordinal);
        foreach (ConfigSection section in sections)
        {
            ConfigNode node = section.Value(name).Node;
            foreach (string value in values(section).Where(v => !first.TryAdd(v, node)))
            {
                problems.Error(node, $"'{name}' has {ConfigText.Quote(value)}, which line {first[value].Line} has too; each engine and tier needs its own");
            }
        }
    }

    // A directory below another one's would look like foreign data to it.
    private void CheckNesting(IReadOnlyList<ConfigSection> engines)
    {
        var places = new List<(string Path, ConfigNode Node)>();
        foreach (ConfigSection tier in engines.SelectMany(e => e.Sections("storage")))
        {
            if (tier.Text("scm_mount") is { } mount)
            {
                places.Add((mount.TrimEnd('/') + "/", tier.Value("scm_mount").Node));
            }

            if (ConfigTyping.ClassOf(tier) == TierClass.Dir && tier.List("bdev_list") is [{ } directory])
            {
                places.Add((directory.TrimEnd('/') + "/", tier.Value("bdev_list").Node));
            }
        }

        foreach ((string path, ConfigNode node) in places)
        {
            if (places.FirstOrDefault(p => p.Path != path && path.StartsWith(p.Path, StringComparison.Ordinal)) is { Path: not null } outer)
            {
                problems.Error(node, $"{ConfigText.Quote(path.TrimEnd('/'))} lies below {ConfigText.Quote(outer.Path.TrimEnd('/'))} of line {outer.Node.Line}; give each a directory of its own, side by side");
            }
        }
    }

    private void CheckPorts(IReadOnlyList<ConfigSection> engines)
    {
        var taken = new List<(string Interface, long First, long Last, ConfigNode Node)>();
        foreach (ConfigSection engine in engines)
        {
            int networks = ConfigTyping.ProvidersOf(file, engine).Count(Providers.IsNetwork);
            if (networks == 0 || engine.Text("fabric_iface") is not { } name || engine.Number("fabric_iface_port") is not { } first)
            {
                continue;
            }

            long last = first + (networks * ((engine.Number("targets") ?? 1) + 2)) - 1;
            ConfigNode node = engine.Value("fabric_iface_port").Node;
            if (taken.FirstOrDefault(t => t.Interface == name && first <= t.Last && t.First <= last) is { Node: not null } other)
            {
                problems.Error(node, $"this engine's ports {first}-{last} on {ConfigText.Quote(name)} overlap {other.First}-{other.Last} of the engine of line {other.Node.Line}; 'fabric_iface_port' {other.Last + 1} is free of them");
            }

            foreach (string key in (string[])["port", "telemetry_port"])
            {
                if (file.Number(key) is { } control && control >= first && control <= last)
                {
                    problems.Error(node, $"this engine's ports {first}-{last} include {control}, which is '{key}'; move one");
                }
            }

            taken.Add((name, first, last, node));
        }
    }
}
