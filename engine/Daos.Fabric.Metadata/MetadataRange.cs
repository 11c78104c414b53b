namespace Daos.Fabric.Metadata;

/// <summary>Keys from one to another, and what to read of them. Immutable.</summary>
public sealed record MetadataRange
{
    /// <summary>Every key.</summary>
    public static MetadataRange All { get; } = new();

    /// <summary>First key; by default the first that there is.</summary>
    public MetadataKey From { get; init; }

    /// <summary>Behind the last key.</summary>
    public MetadataKey To { get; init; } = MetadataKey.End;

    /// <summary>Entries of a page, at most; 0 for <see cref="MetadataLimits.PageEntriesMax"/>.</summary>
    public int Limit { get; init; }

    /// <summary>
    /// Reading: the revision to read at, 0 for the newest. Pages that belong together are read at one revision. Watching: the first revision
    /// whose changes are wanted, 0 for those that are made from now on.
    /// </summary>
    public long Revision { get; init; }

    /// <summary>Reading: leaves the values away.</summary>
    public bool KeysOnly { get; init; }

    /// <summary>One key.</summary>
    public static MetadataRange Of(MetadataKey key) => new() { From = key, To = key.Next };

    /// <summary>The keys that begin with these bytes.</summary>
    public static MetadataRange Prefix(MetadataKey prefix) => new() { From = prefix, To = prefix.AfterPrefix };

    /// <summary>Where the range begins for the store: at a key that there can be.</summary>
    internal MetadataKey First => From.Length == 0 ? new MetadataKey([0]) : From;

    internal int PageEntries => Limit == 0 ? MetadataLimits.PageEntriesMax : Limit;

    internal bool Contains(MetadataKey key) => key >= First && key < To;
}
