namespace Daos.Fabric.Protocol.Objects;

/// <summary>The last part of a listing's request, 40 bytes.</summary>
/// <remarks>
/// <code>
///  0 | anchor (32 bytes; all zero: from the start)                   |
/// 32 | bytes to return at most       | entries to return at most     |
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct EnumerateWire
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 40;

    /// <summary>Where to go on.</summary>
    [FieldOffset(0)]
    public EnumerationAnchor Anchor;

    /// <summary>Bytes of packed entries at most; a key that alone is larger gives DER_KEY2BIG.</summary>
    [FieldOffset(32)]
    public uint BytesMax;

    /// <summary>Entries at most.</summary>
    [FieldOffset(36)]
    public uint EntriesMax;
}
