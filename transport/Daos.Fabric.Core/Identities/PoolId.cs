namespace Daos.Fabric.Core.Identities;

/// <summary>Identifies a pool: a UUID, 16 bytes big-endian on wire and media.</summary>
public readonly record struct PoolId(Guid Value)
{
    /// <summary>Size on wire and media.</summary>
    public const int SizeBytes = 16;

    /// <summary>No pool.</summary>
    public static PoolId None => default;

    /// <summary>Reads 16 bytes.</summary>
    public static PoolId Read(ReadOnlySpan<byte> source) => new(new Guid(source[..SizeBytes], bigEndian: true));

    /// <summary>Writes 16 bytes.</summary>
    public void Write(Span<byte> destination) => Value.TryWriteBytes(destination, bigEndian: true, out _);

    /// <summary>The UUID in its usual form.</summary>
    public override string ToString() => Value.ToString();
}
