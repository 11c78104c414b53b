namespace Daos.Fabric.Metadata;

/// <summary>One condition of a transaction. A key that does not exist has the revisions and the version 0, and no value. Immutable.</summary>
public sealed record MetadataCompare
{
    private MetadataCompare()
    {
    }

    /// <summary>The key.</summary>
    public MetadataKey Key { get; private init; }

    /// <summary>What of it is compared.</summary>
    public MetadataField Field { get; private init; }

    /// <summary>How.</summary>
    public MetadataRelation Relation { get; private init; }

    /// <summary>With what, unless it is the value.</summary>
    public long Number { get; private init; }

    /// <summary>With which value.</summary>
    public ReadOnlyMemory<byte> Value { get; private init; }

    /// <summary>The key does not exist.</summary>
    public static MetadataCompare Absent(MetadataKey key) => Of(key, MetadataField.CreateRevision, MetadataRelation.Equal, 0);

    /// <summary>The key exists.</summary>
    public static MetadataCompare Exists(MetadataKey key) => Of(key, MetadataField.CreateRevision, MetadataRelation.Greater, 0);

    /// <summary>The key was written last by this revision (0: does not exist), so nobody changed it since it was read.</summary>
    public static MetadataCompare Unchanged(MetadataKey key, long modRevision) =>
        Of(key, MetadataField.ModRevision, MetadataRelation.Equal, modRevision);

    /// <summary>The key has this value.</summary>
    public static MetadataCompare Holds(MetadataKey key, ReadOnlyMemory<byte> value) => Of(key, MetadataRelation.Equal, value);

    /// <summary>A number of the key stands in a relation to another.</summary>
    public static MetadataCompare Of(MetadataKey key, MetadataField field, MetadataRelation relation, long number) =>
        new() { Key = key, Field = field, Relation = relation, Number = number };

    /// <summary>The key exists, and its value, in byte order, stands in a relation to another.</summary>
    public static MetadataCompare Of(MetadataKey key, MetadataRelation relation, ReadOnlyMemory<byte> value) =>
        new() { Key = key, Field = MetadataField.Value, Relation = relation, Value = value };
}
