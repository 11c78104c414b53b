namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>Holds the tree of a file against the vocabulary: every key exists and every value is of its kind, or it is told. One thread.</summary>
internal sealed class ConfigBinder(ConfigProblems problems, IReadOnlyList<ConfigOverride> overrides)
{
    private const int AllowedMax = 16;

    /// <summary>The file's values.</summary>
    internal ConfigSection Bind(ConfigNode root) => BindSection("", root, "the file");

    private ConfigSection BindSection(string path, ConfigNode node, string where)
    {
        var section = new ConfigSection(path, node);
        ConfigKey[] keys = [.. ConfigSchema.Keys(path)];
        Dictionary<string, ConfigNode> given = Collect(keys, node, where);
        foreach (ConfigKey key in keys.Where(k => k.RenamedTo is null))
        {
            given.TryGetValue(key.Name, out ConfigNode? value);
            ConfigOverride? winner = overrides.LastOrDefault(o => o.Path == key.Path);
            value = winner is null ? value : new ConfigNode { Text = winner.Text, Option = winner.Option };
            switch (key.Kind)
            {
                case KeyKind.Section:
                    section.SetSections(key.Name, [BindSection(key.Path, value ?? new ConfigNode { Entries = [] }, $"'{key.Name}'")]);
                    break;
                case KeyKind.Sections:
                    section.SetSections(key.Name, BindSections(key, value));
                    break;
                default:
                    section.Set(key.Name, BindValue(key, value, node));
                    break;
            }
        }

        return section;
    }

    private Dictionary<string, ConfigNode> Collect(ConfigKey[] keys, ConfigNode node, string where)
    {
        var given = new Dictionary<string, ConfigNode>(StringComparer.Ordinal);
        if (node.Entries is null)
        {
            if (!node.IsAbsent)
            {
                problems.Error(node, $"{where} must be a map of keys and values, not {node.Described}");
            }

            return given;
        }

        foreach ((ConfigNode keyNode, ConfigNode value) in node.Entries)
        {
            ConfigKey? key = keys.FirstOrDefault(k => k.Name == keyNode.Text);
            if (key is null)
            {
                problems.Error(keyNode, Unknown(keyNode.Text!, keys, where));
                continue;
            }

            if (key.Effect == KeyEffect.Ignored && !value.IsAbsent)
            {
                problems.Warn(keyNode, $"'{key.Name}' has no effect: {key.Meaning}");
            }

            string name = key.RenamedTo ?? key.Name;
            if (key.RenamedTo is not null)
            {
                problems.Warn(keyNode, $"'{key.Name}' is now called '{key.RenamedTo}'; it still works");
            }

            if (!given.TryAdd(name, value))
            {
                problems.Error(keyNode, $"'{key.Name}' and '{(key.RenamedTo is null ? keys.First(k => k.RenamedTo == key.Name).Name : name)}' are two names of one key; keep '{name}'");
            }
        }

        return given;
    }

    private static string Unknown(string name, ConfigKey[] keys, string where)
    {
        string[] names = [.. keys.Where(k => k.RenamedTo is null).Select(k => k.Name)];
        string allowed = names.Length <= AllowedMax ? $"allowed are {Words.And(names)}" : "'daos_server config show' prints all keys";
        string elsewhere = ConfigSchema.All.FirstOrDefault(k => k.Name == name) is { } other ? $"it belongs into {Place(other)}" : $"did you mean '{NearestName.Of(name, keys.Select(k => k.Name))}'?";
        return $"unknown key '{ConfigText.Quote(name)}' in {where}; {elsewhere}{(elsewhere.EndsWith('?') ? "" : ";")} {(elsewhere.EndsWith('?') ? char.ToUpperInvariant(allowed[0]) + allowed[1..] : allowed)}";
    }

    private static string Place(ConfigKey key) => key.Parent switch
    {
        "" => "the file's first level",
        "engines[]" => "an engine of 'engines'",
        "engines[].storage[]" => "a tier of an engine's 'storage'",
        string parent => $"'{parent.Replace("[]", "", StringComparison.Ordinal)}'",
    };

    private List<ConfigSection> BindSections(ConfigKey key, ConfigNode? node)
    {
        if (node is null || node.IsAbsent)
        {
            return [];
        }

        if (node.Items is null)
        {
            problems.Error(node, $"'{key.Name}' must be a list, each item beginning with '-', not {node.Described}");
            return [];
        }

        string item = key.Name == "engines" ? "an engine" : "a tier of 'storage'";
        return [.. node.Items.Select(i => BindSection(key.Path + "[]", i, item))];
    }

    private ConfigValue BindValue(ConfigKey key, ConfigNode? node, ConfigNode section)
    {
        bool isGiven = node is not null && !node.IsAbsent;
        if (isGiven && ValueParser.Parse(key, node!, problems) is { } value)
        {
            return new ConfigValue(node!, value, true);
        }

        object? standard = key.Default.Length == 0 ? null : ValueParser.Parse(key, new ConfigNode { Text = key.Default }, new ConfigProblems());
        return new ConfigValue(section, standard, false);
    }
}
