namespace Daos.Fabric.Store.Io;

/// <summary>A key in native memory, borrowed for the call.</summary>
/// <param name="address">First byte.</param>
/// <param name="length">Bytes.</param>
public readonly unsafe struct KeyBytes(byte* address, int length)
{
    /// <summary>First byte.</summary>
    public byte* Address { get; } = address;

    /// <summary>Bytes.</summary>
    public int Length { get; } = length;
}
