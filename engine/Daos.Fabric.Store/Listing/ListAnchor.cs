namespace Daos.Fabric.Store.Listing;

/// <summary>
/// Where a listing or an iteration goes on: 32 bytes that mean nothing to anybody else. All zero starts at the beginning. Valid while
/// others write, and after a restart.
/// </summary>
/// <remarks>
/// <code>
///  0      1       2       4      8                 16               24
/// | kind | zero                | prefix of key   | record of key  | hash of the whole key |   after a key
/// | kind | zero                | next index      | zero           | zero                  |   before an array index, or below it
/// | kind | zero                | id, low         | id, high       | zero                  |   after an object
/// | kind | zero  | minor | zero| epoch           | zero           | zero                  |   after a version
/// | kind | class | minor | zero| first record    | records        | epoch                 |   after an extent, in the index's order
/// | kind | given | minor | zero| edge of window  | first record   | epoch                 |   in a window; given = 1: after that piece
/// </code>
/// The record only tells the key's bytes, and only if they hash to what the anchor says: an anchor is checked like any other input. When
/// the key is gone for good the listing goes on at its prefix, and may repeat keys that share it, never miss one.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct ListAnchor
{
    /// <summary>Bytes of an anchor.</summary>
    public const int SizeBytes = 32;

    [FieldOffset(0)]
    internal AnchorKind Kind;

    [FieldOffset(1)]
    internal byte Detail;

    [FieldOffset(2)]
    internal ushort Minor;

    [FieldOffset(8)]
    internal ulong Prefix;

    [FieldOffset(16)]
    internal ulong Record;

    [FieldOffset(24)]
    internal ulong Hash;

    /// <summary>True when nothing follows.</summary>
    public readonly bool IsEnd => Kind == AnchorKind.End;

    internal static ListAnchor End => new() { Kind = AnchorKind.End };
}

/// <summary>What an anchor says.</summary>
internal enum AnchorKind : byte
{
    /// <summary>At the beginning.</summary>
    Start = 0,

    /// <summary>After a key.</summary>
    AfterKey = 1,

    /// <summary>Before an array index; in a descending listing, below it.</summary>
    BeforeIndex = 2,

    /// <summary>At the end.</summary>
    End = 3,

    /// <summary>After an object.</summary>
    AfterObject = 4,

    /// <summary>After a version of a single value.</summary>
    AfterVersion = 5,

    /// <summary>After an extent, in the order of the index.</summary>
    AfterExtent = 6,

    /// <summary>In a window of sorted extents.</summary>
    InWindow = 7,
}
