namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>The values of a map of the file, defaults included, all of the kind that the vocabulary says. Immutable after binding.</summary>
internal sealed class ConfigSection(string path, ConfigNode node)
{
    private readonly Dictionary<string, ConfigValue> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<ConfigSection>> _sections = new(StringComparer.Ordinal);

    /// <summary>Its path in the vocabulary.</summary>
    internal string Path { get; } = path;

    /// <summary>Where it stands.</summary>
    internal ConfigNode Node { get; } = node;

    internal void Set(string name, ConfigValue value) => _values[name] = value;

    internal void SetSections(string name, List<ConfigSection> sections) => _sections[name] = sections;

    internal ConfigValue Value(string name) => _values[name];

    internal bool IsGiven(string name) => _values.TryGetValue(name, out ConfigValue? value) ? value.IsGiven : _sections[name].Any(s => s.Node.Line > 0 || s.Node.Option is not null);

    internal string? Text(string name) => (string?)_values[name].Object;

    internal bool Flag(string name) => (bool?)_values[name].Object ?? false;

    internal long? Number(string name) => (long?)_values[name].Object;

    internal string[] List(string name) => (string[]?)_values[name].Object ?? [];

    /// <summary>The one section of this name; its defaults when the file has none.</summary>
    internal ConfigSection Section(string name) => _sections[name][0];

    internal IReadOnlyList<ConfigSection> Sections(string name) => _sections[name];
}
