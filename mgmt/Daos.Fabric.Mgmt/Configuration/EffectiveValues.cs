using System.Text.Json.Nodes;

namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>Every key of a configuration with what counts and where it comes from. Pure functions.</summary>
internal static class EffectiveValues
{
    /// <summary>In the vocabulary's order. The file has no errors.</summary>
    internal static IEnumerable<EffectiveValue> Of(ConfigFile file) => Of(file.Values!, "", file.Path);

    internal static JsonArray ToJson(IEnumerable<EffectiveValue> values) => new([.. values.Select(static v => new JsonObject
    {
        ["key"] = v.Path,
        ["value"] = v.Text,
        ["origin"] = v.Origin,
        ["effect"] = v.Effect.ToString().ToLowerInvariant(),
    })]);

    internal static void Print(IReadOnlyList<EffectiveValue> values, TextWriter people)
    {
        int key = values.Max(static v => v.Path.Length);
        int text = Math.Min(40, values.Max(static v => v.Text.Length));
        foreach (EffectiveValue value in values)
        {
            string note = value.Effect switch
            {
                KeyEffect.Waits => " (not used yet)",
                KeyEffect.Ignored => " (no effect here)",
                _ => "",
            };
            people.WriteLine($"{value.Path.PadRight(key)}  {value.Text.PadRight(text)}  {value.Origin}{note}");
        }
    }

    private static IEnumerable<EffectiveValue> Of(ConfigSection section, string prefix, string file)
    {
        foreach (ConfigKey key in ConfigSchema.Keys(section.Path).Where(static k => k.RenamedTo is null))
        {
            string path = prefix + key.Name;
            switch (key.Kind)
            {
                case KeyKind.Section:
                    foreach (EffectiveValue value in Of(section.Section(key.Name), path + ".", file))
                    {
                        yield return value;
                    }

                    break;
                case KeyKind.Sections:
                    foreach (EffectiveValue value in section.Sections(key.Name)
                        .SelectMany((s, i) => Of(s, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]."), file)))
                    {
                        yield return value;
                    }

                    break;
                default:
                    ConfigValue found = section.Value(key.Name);
                    yield return new EffectiveValue(path, Format(key, found.Object), Origin(found, file), key.Effect);
                    break;
            }
        }
    }

    private static string Origin(ConfigValue value, string file) =>
        !value.IsGiven ? "default" : value.Node.Option is { } option ? option : string.Create(CultureInfo.InvariantCulture, $"{file}:{value.Node.Line}");

    private static string Format(ConfigKey key, object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        long size when key.Kind == KeyKind.Size => Units.FormatSize(size),
        long time when key.Kind == KeyKind.Duration => Units.FormatDuration(time),
        long number => number.ToString(CultureInfo.InvariantCulture),
        string[] list => $"[{string.Join(", ", list)}]",
        _ => (string)value,
    };
}
