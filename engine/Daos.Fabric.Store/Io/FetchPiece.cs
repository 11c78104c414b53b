namespace Daos.Fabric.Store.Io;

/// <summary>A run of bytes of one value of a fetch.</summary>
public readonly unsafe struct FetchPiece
{
    /// <summary>Which value, in the order of adding.</summary>
    public int Value { get; init; }

    /// <summary>Where it belongs in the value.</summary>
    public long OffsetBytes { get; init; }

    /// <summary>Its size.</summary>
    public long LengthBytes { get; init; }

    /// <summary>Its bytes; null for a hole, which reads as zeros.</summary>
    public byte* Address { get; init; }
}
