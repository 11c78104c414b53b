namespace Daos.Fabric.Metadata;

/// <summary>One change of a transaction. Immutable.</summary>
public sealed record MetadataOperation
{
    private MetadataOperation()
    {
    }

    /// <summary>The key.</summary>
    public MetadataKey Key { get; private init; }

    /// <summary>True to delete the key; nothing happens when it does not exist.</summary>
    public bool IsDelete { get; private init; }

    /// <summary>The new value; borrowed until the transaction is answered.</summary>
    public ReadOnlyMemory<byte> Value { get; private init; }

    /// <summary>The lease that the key dies with, or 0.</summary>
    public long Lease { get; private init; }

    /// <summary>Writes a key.</summary>
    public static MetadataOperation Put(MetadataKey key, ReadOnlyMemory<byte> value, long lease = 0) =>
        new() { Key = key, Value = value, Lease = lease };

    /// <summary>Deletes a key.</summary>
    public static MetadataOperation Delete(MetadataKey key) => new() { Key = key, IsDelete = true };
}
