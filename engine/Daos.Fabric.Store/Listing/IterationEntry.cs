namespace Daos.Fabric.Store.Listing;

/// <summary>One entry of an iteration; the key's bytes follow it, padded to 8. In memory only: no format of media or wire.</summary>
/// <remarks>
/// <code>
///  0               4            6      7       8         16             24      32      40
/// | bytes in all  | key length | kind | flags | epoch   | punch epoch  | minor | index | count |
/// 48               56               64             72
/// | whole: index  | whole: count   | record bytes | key ...
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct IterationEntry
{
    /// <summary>Bytes before the key.</summary>
    public const int SizeBytes = 72;

    /// <summary>Bytes of the entry with its key.</summary>
    [FieldOffset(0)]
    public int EntryBytes;

    /// <summary>Bytes of the dkey or akey.</summary>
    [FieldOffset(4)]
    public ushort KeyLength;

    /// <summary>What an akey holds: 0 nothing yet, 1 a single value, 2 an array.</summary>
    [FieldOffset(6)]
    public byte Kind;

    /// <summary>What it is.</summary>
    [FieldOffset(7)]
    public IterationFlags Flags;

    /// <summary>Versions and extents: when they were written. Objects and keys: when they were created, 0 when punched.</summary>
    [FieldOffset(8)]
    public ulong EpochValue;

    /// <summary>The newest punch of this or of what it lies in, at or before the upper epoch; 0 for none.</summary>
    [FieldOffset(16)]
    public ulong PunchEpochValue;

    /// <summary>Versions and extents: order inside the epoch.</summary>
    [FieldOffset(24)]
    public ushort Minor;

    /// <summary>Extents: first record. Objects: low half of the id.</summary>
    [FieldOffset(32)]
    public ulong Index;

    /// <summary>Extents: number of records. Objects: high half of the id.</summary>
    [FieldOffset(40)]
    public ulong Count;

    /// <summary>First record of the extent in the index, of which this may be a part.</summary>
    [FieldOffset(48)]
    public ulong WholeIndex;

    /// <summary>Records of the extent in the index.</summary>
    [FieldOffset(56)]
    public ulong WholeCount;

    /// <summary>Bytes of one record of an array, or of a version of a single value.</summary>
    [FieldOffset(64)]
    public ulong RecordBytes;
}
