namespace Daos.Fabric.Protocol.Objects;

/// <summary>A key as it lies in a message.</summary>
/// <param name="address">First byte.</param>
/// <param name="lengthBytes">Length.</param>
public readonly unsafe struct KeyView(byte* address, int lengthBytes)
{
    /// <summary>First byte.</summary>
    public byte* Address { get; } = address;

    /// <summary>Length in bytes.</summary>
    public int LengthBytes { get; } = lengthBytes;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => new(Address, LengthBytes);
}
