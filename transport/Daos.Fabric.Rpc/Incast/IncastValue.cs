namespace Daos.Fabric.Rpc.Incast;

/// <summary>A value with its version. Immutable.</summary>
/// <param name="Version">The user's version.</param>
/// <param name="Bytes">The value.</param>
public readonly record struct IncastValue(uint Version, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>In a fetch: any version will do.</summary>
    public const uint Any = 0;

    /// <summary>In a fetch: the newest, so the root is asked whatever others have.</summary>
    public const uint Latest = uint.MaxValue;

    /// <summary>No value, version 0.</summary>
    public static IncastValue Empty => default;
}
