namespace Daos.Fabric.Protocol.Objects;

/// <summary>The first 56 bytes of every object request, little-endian, the UUID big-endian.</summary>
/// <remarks>
/// <code>
///      0       1       2       3       4       5       6       7
///  0 | container handle (16 bytes)                                   |
/// 16 | object id, low                                                |
/// 24 | object id, high                                               |
/// 32 | dkey hash                                                     |
/// 40 | epoch (0: the newest)                                         |
/// 48 | flags                         | dkey bytes    | count         |
/// </code>
/// Count is the number of iods, or of akeys. The dkey follows the fixed part of the request, padded with zeroes to 8 bytes.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct ObjectHeadWire
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 56;

    /// <summary>First half of the container handle, as it lies.</summary>
    [FieldOffset(0)]
    public ulong ContainerHandle0;

    /// <summary>Second half.</summary>
    [FieldOffset(8)]
    public ulong ContainerHandle1;

    /// <summary>Object id, low.</summary>
    [FieldOffset(16)]
    public ulong ObjectLow;

    /// <summary>Object id, high.</summary>
    [FieldOffset(24)]
    public ulong ObjectHigh;

    /// <summary>What the request was placed by.</summary>
    [FieldOffset(32)]
    public ulong DkeyHash;

    /// <summary>0 for the newest.</summary>
    [FieldOffset(40)]
    public ulong Epoch;

    /// <summary><see cref="ObjectFlags"/>.</summary>
    [FieldOffset(48)]
    public uint Flags;

    /// <summary>Length of the dkey; 0 for requests about the whole object.</summary>
    [FieldOffset(52)]
    public ushort DkeyBytes;

    /// <summary>Iods or akeys that follow.</summary>
    [FieldOffset(54)]
    public ushort Count;
}
