namespace Daos.Fabric.Protocol.Objects;

/// <summary>
/// The reply to a fetch: 16 bytes, then for each iod of the request, in order, 32 bytes (<see cref="FetchIodWire"/>), the map of what
/// exists (16 bytes per extent) and the checksums (as in <see cref="IodWire"/>); then, when the request named no memory, the values
/// without gaps.
/// </summary>
/// <remarks>
/// <code>
///  0 | epoch that was read at                                        |
///  8 | iods                          | inline value bytes            |
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct FetchReplyWire
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 16;

    /// <summary>The epoch that was read at.</summary>
    [FieldOffset(0)]
    public ulong Epoch;

    /// <summary>As many as the request had.</summary>
    [FieldOffset(8)]
    public uint IodCount;

    /// <summary>Bytes of the values in the message.</summary>
    [FieldOffset(12)]
    public uint InlineBytes;
}
