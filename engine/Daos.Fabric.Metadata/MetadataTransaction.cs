namespace Daos.Fabric.Metadata;

/// <summary>
/// When all conditions hold, all of <see cref="Then"/> is done, else all of <see cref="Else"/>; other transactions see all of it or nothing.
/// A key stands in each branch once. Immutable.
/// </summary>
public sealed record MetadataTransaction
{
    /// <summary>All must hold.</summary>
    public IReadOnlyList<MetadataCompare> When { get; init; } = [];

    /// <summary>What is done when they hold.</summary>
    public IReadOnlyList<MetadataOperation> Then { get; init; } = [];

    /// <summary>What is done when one does not hold.</summary>
    public IReadOnlyList<MetadataOperation> Else { get; init; } = [];

    /// <summary>Makes a repetition harmless; null for none. Sessions set it.</summary>
    internal MetadataGuard? Guard { get; init; }

    /// <summary>Writes one key, whatever it holds.</summary>
    public static MetadataTransaction Put(MetadataKey key, ReadOnlyMemory<byte> value, long lease = 0) =>
        new() { Then = [MetadataOperation.Put(key, value, lease)] };

    /// <summary>Deletes one key.</summary>
    public static MetadataTransaction Delete(MetadataKey key) => new() { Then = [MetadataOperation.Delete(key)] };
}
