namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>A key of the vocabulary. Immutable.</summary>
/// <param name="Path">Where it stands, such as <c>engines[].storage[].class</c>.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="Default">As it would be written in the file; empty: nothing.</param>
/// <param name="Meaning">What it does, or why it does nothing; the manual's words.</param>
internal sealed record ConfigKey(string Path, KeyKind Kind, string Default, string Meaning)
{
    /// <summary>The last word of the path.</summary>
    internal string Name => Path[(Path.LastIndexOf('.') + 1)..].Replace("[]", "", StringComparison.Ordinal);

    /// <summary>The path of the section it stands in; empty for the file.</summary>
    internal string Parent => Path.LastIndexOf('.') is >= 0 and var dot ? Path[..dot] : "";

    /// <summary>Smallest number, size in bytes or time in seconds.</summary>
    internal long Min { get; init; }

    /// <summary>The largest.</summary>
    internal long Max { get; init; } = long.MaxValue;

    /// <summary>The names that are accepted.</summary>
    internal string[] Choices { get; init; } = [];

    /// <summary>What comes of setting it.</summary>
    internal KeyEffect Effect { get; init; }

    /// <summary>The key that has this one's meaning now.</summary>
    internal string? RenamedTo { get; init; }

    /// <summary>A further check of one value: the rest of the sentence that begins with the key, or null.</summary>
    internal Func<string, string?>? Check { get; init; }

    /// <summary>What is allowed, for messages and the manual.</summary>
    internal string Allowed => Kind switch
    {
        KeyKind.Text => "a text",
        KeyKind.Path => "an absolute path",
        KeyKind.Choice => Words.Or(Choices),
        KeyKind.Flag => "true or false",
        KeyKind.Number => string.Create(CultureInfo.InvariantCulture, $"a number from {Min} to {Max}"),
        KeyKind.Size => $"a size from {Units.FormatSize(Min)} to {Units.FormatSize(Max)}",
        KeyKind.Duration => $"a time from {Units.FormatDuration(Min)} to {Units.FormatDuration(Max)}",
        KeyKind.Texts => "a list of texts",
        KeyKind.Devices => "a list of absolute paths or PCI addresses",
        KeyKind.Choices => $"a list of {Words.Or(Choices)}",
        KeyKind.Variables => "a list of NAME=VALUE",
        KeyKind.Section => "a map of keys and values",
        _ => "a list of maps",
    };
}
