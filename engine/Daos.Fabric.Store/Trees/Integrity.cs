namespace Daos.Fabric.Store.Trees;

/// <summary>
/// How a stored value is checked, in one byte of its record: bits 0 to 6 the kind of its checksums, bit 7 set once a read or the scrubber
/// found it corrupted. A corrupted value stays; whatever of it still fits its checksums is read.
/// </summary>
internal struct Integrity
{
    private const byte CorruptedBit = 0x80;

    private byte _bits;

    /// <summary>A value that nobody found corrupted.</summary>
    public Integrity(ChecksumType type) => _bits = (byte)type;

    /// <summary>Kind of the checksums.</summary>
    public readonly ChecksumType Type => (ChecksumType)(_bits & ~CorruptedBit);

    /// <summary>Found corrupted: reads check all of it.</summary>
    public readonly bool IsCorrupted => (_bits & CorruptedBit) != 0;

    /// <summary>Marks the value as corrupted.</summary>
    public void MarkCorrupted() => _bits |= CorruptedBit;
}
