namespace Daos.Fabric.Rpc.Bulk;

/// <summary>One run of native (or pinned) memory. A value.</summary>
/// <param name="address">First byte.</param>
/// <param name="lengthBytes">Length; more than 0.</param>
public readonly unsafe struct BulkSegment(byte* address, long lengthBytes)
{
    /// <summary>First byte.</summary>
    public byte* Address { get; } = address;

    /// <summary>Length in bytes.</summary>
    public long LengthBytes { get; } = lengthBytes;
}
