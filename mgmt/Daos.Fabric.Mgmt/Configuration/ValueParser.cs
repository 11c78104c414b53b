using System.Text.RegularExpressions;

namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>Turns a value's text into what its key takes. Pure functions.</summary>
internal static partial class ValueParser
{
    /// <summary>string, bool, long or string[]; null after the problem was told.</summary>
    internal static object? Parse(ConfigKey key, ConfigNode node, ConfigProblems problems)
    {
        if (key.Kind is KeyKind.Texts or KeyKind.Devices or KeyKind.Choices or KeyKind.Variables)
        {
            return ParseList(key, node, problems);
        }

        if (node.Text is not { } text)
        {
            problems.Error(node, $"'{key.Name}' must be {key.Allowed}, not {node.Described}");
            return null;
        }

        return ParseScalar(key, node, text, problems);
    }

    private static object? ParseScalar(ConfigKey key, ConfigNode node, string text, ConfigProblems problems)
    {
        switch (key.Kind)
        {
            case KeyKind.Flag:
                return text is "true" or "false" ? text == "true" : Refuse(key, node, text, problems);
            case KeyKind.Number:
                return TryNumber(text, out long number) && number >= key.Min && number <= key.Max ? number : Refuse(key, node, text, problems);
            case KeyKind.Size:
                return Measured(key, node, text, Units.TryParseSize(text, out long bytes, out string size), bytes, size, problems);
            case KeyKind.Duration:
                return Measured(key, node, text, Units.TryParseDuration(text, out long seconds, out string time), seconds, time, problems);
            default:
                return CheckText(key, key.Kind, node, text, problems) ? text : null;
        }
    }

    private static long? Measured(ConfigKey key, ConfigNode node, string text, bool isParsed, long value, string problem, ConfigProblems problems)
    {
        if (isParsed && value >= key.Min && value <= key.Max)
        {
            return value;
        }

        string why = isParsed ? "" : $": '{ConfigText.Quote(text)}' {problem}";
        problems.Error(node, $"'{key.Name}' must be {key.Allowed}{(isParsed ? $", not '{ConfigText.Quote(text)}'" : why)}");
        return null;
    }

    private static string[]? ParseList(ConfigKey key, ConfigNode node, ConfigProblems problems)
    {
        // A single value is a list of one, as DAOS reads it.
        List<ConfigNode> items = node.Items ?? [node];
        if (node.Entries is not null)
        {
            problems.Error(node, $"'{key.Name}' must be {key.Allowed}, not {node.Described}");
            return null;
        }

        if (items.Count > Limits.ListMax)
        {
            problems.Error(node, $"'{key.Name}' has {items.Count} items; at most {Limits.ListMax} are allowed");
            return null;
        }

        KeyKind kind = key.Kind switch
        {
            KeyKind.Devices => KeyKind.Devices,
            KeyKind.Choices => KeyKind.Choice,
            KeyKind.Variables => KeyKind.Variables,
            _ => KeyKind.Text,
        };
        var seen = new HashSet<string>(StringComparer.Ordinal);
        bool isGood = true;
        foreach (ConfigNode item in items)
        {
            if (item.Text is not { Length: > 0 } text)
            {
                problems.Error(item, $"an item of '{key.Name}' must be a text, not {item.Described}");
                isGood = false;
            }
            else if (!CheckText(key, kind, item, text, problems))
            {
                isGood = false;
            }
            else if (!seen.Add(text))
            {
                problems.Error(item, $"'{ConfigText.Quote(text)}' stands in '{key.Name}' twice");
                isGood = false;
            }
        }

        return isGood ? [.. seen] : null;
    }

    private static bool CheckText(ConfigKey key, KeyKind kind, ConfigNode node, string text, ConfigProblems problems)
    {
        string? problem = kind switch
        {
            _ when text.Any(char.IsControl) => "must not contain control characters",
            KeyKind.Choice when !key.Choices.Contains(text) => $"must be {key.Allowed}, not '{ConfigText.Quote(text)}'; did you mean '{NearestName.Of(text, key.Choices)}'?",
            KeyKind.Path when !IsPath(text) => $"must be an absolute path without '..', not '{ConfigText.Quote(text)}'",
            KeyKind.Devices when !IsPath(text) && !PciPattern().IsMatch(text) => $"takes absolute paths and PCI addresses such as 0000:81:00.0, not '{ConfigText.Quote(text)}'",
            KeyKind.Variables when !VariablePattern().IsMatch(text) => $"takes NAME=VALUE, not '{ConfigText.Quote(text)}'",
            KeyKind.Text when text.Length == 0 => "must not be empty",
            _ => key.Check?.Invoke(text) is { } sentence ? $"{sentence}, not '{ConfigText.Quote(text)}'" : null,
        };
        if (problem is not null)
        {
            problems.Error(node, $"'{key.Name}' {problem}");
        }

        return problem is null;
    }

    /// <summary>A PCI address such as 0000:81:00.0.</summary>
    internal static bool IsPciAddress(string text) => PciPattern().IsMatch(text);

    private static bool IsPath(string text) => text.Length <= 4096 && text.StartsWith('/') && !text.Split('/').Contains("..");

    private static bool TryNumber(string text, out long number) =>
        text.StartsWith("0x", StringComparison.Ordinal)
            ? long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number) && number >= 0
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static object? Refuse(ConfigKey key, ConfigNode node, string text, ConfigProblems problems)
    {
        problems.Error(node, $"'{key.Name}' must be {key.Allowed}, not '{ConfigText.Quote(text)}'");
        return null;
    }

    [GeneratedRegex(@"\A[0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]\z")]
    private static partial Regex PciPattern();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*=.*\z")]
    private static partial Regex VariablePattern();
}
