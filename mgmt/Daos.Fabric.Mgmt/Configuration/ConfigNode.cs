namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>A value, list or map of the file, and where it stands. Immutable once read.</summary>
internal sealed class ConfigNode
{
    /// <summary>From 1; 0 for what does not stand in the file.</summary>
    internal int Line { get; init; }

    /// <summary>From 1.</summary>
    internal int Column { get; init; }

    /// <summary>The value's characters; null for lists and maps.</summary>
    internal string? Text { get; init; }

    /// <summary>A value without quotes: only this one can be absent (<c>key:</c>).</summary>
    internal bool IsPlain { get; init; }

    /// <summary>A list's items; null for others.</summary>
    internal List<ConfigNode>? Items { get; init; }

    /// <summary>A map's entries in the file's order; null for others.</summary>
    internal List<(ConfigNode Key, ConfigNode Value)>? Entries { get; init; }

    /// <summary>The option that brought it, when it does not stand in the file.</summary>
    internal string? Option { get; init; }

    /// <summary>True for <c>key:</c> and <c>key: ~</c>.</summary>
    internal bool IsAbsent => IsPlain && Text is "" or "~" or "null";

    /// <summary>What it is, for a message.</summary>
    internal string Described => Items is not null ? "a list" : Entries is not null ? "a map of keys and values" : $"'{ConfigText.Quote(Text!)}'";
}
