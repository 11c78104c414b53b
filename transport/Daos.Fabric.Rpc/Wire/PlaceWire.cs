namespace Daos.Fabric.Rpc.Wire;

/// <summary>
/// What stands behind the header of a message with <see cref="RpcFlags.Queued"/>, 16 bytes, little-endian: of an overloaded engine's answer
/// the hint and the place that is kept, of the request that comes back its place. Only messages of overload carry it.
/// </summary>
/// <remarks>
/// <code>
///      0       1       2       3       4       5       6       7
///  0 | retry after ms                | 0                             |
///  8 | queue ticket                                                  |
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct PlaceWire
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 16;

    /// <summary>In replies: a hint when to try again, in ms. In requests zero.</summary>
    [FieldOffset(0)]
    public uint RetryAfterMs;

    /// <summary>Zero.</summary>
    [FieldOffset(4)]
    public uint Reserved;

    /// <summary>The place that is kept for the request; 0 (in replies only) for none.</summary>
    [FieldOffset(8)]
    public ulong QueueTicket;

    /// <summary>Reads the place of a message whose header is well-formed; false when it breaks the layout. Nothing where there is none.</summary>
    internal static unsafe bool TryRead(in RpcHeaderWire header, byte* message, out PlaceWire place)
    {
        place = default;
        if ((header.Flags & (ushort)RpcFlags.Queued) == 0)
        {
            return true;
        }

        place = *(PlaceWire*)(message + RpcHeaderWire.SizeBytes);
        bool isReply = (header.Flags & (ushort)RpcFlags.Reply) != 0;
        return place.Reserved == 0 && (isReply || (place.RetryAfterMs == 0 && place.QueueTicket != 0));
    }
}
