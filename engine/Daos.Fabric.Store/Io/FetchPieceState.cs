namespace Daos.Fabric.Store.Io;

/// <summary>
/// A piece of a fetch with what is needed to read and check it, copied out of the arena because reading waits. Lives in its plan.
/// </summary>
internal struct FetchPieceState
{
    /// <summary>Which value.</summary>
    public int Entry;

    /// <summary>Where the bytes lie.</summary>
    public ValueMedia Media;

    /// <summary>Where the piece belongs in the value.</summary>
    public long OffsetBytes;

    /// <summary>Its size.</summary>
    public long LengthBytes;

    /// <summary>Arena: offset of the bytes, or, once held, position in the plan's copy. Data: position of the bytes in the data file.</summary>
    public ulong Position;

    /// <summary>The array byte at which the piece starts (0 for a single value).</summary>
    public ulong FirstByte;

    /// <summary>The array bytes that the stored value covers, from here ...</summary>
    public ulong StoredStart;

    /// <summary>... to here.</summary>
    public ulong StoredEnd;

    /// <summary>Kind of the stored checksums.</summary>
    public ChecksumType ChecksumType;

    /// <summary>Bytes that each covers, 0 for a single value.</summary>
    public uint ChunkBytes;

    /// <summary>When the stored value was written: it finds the record again.</summary>
    public VersionStamp Stamp;

    /// <summary>The value was found corrupted before: all of it is checked.</summary>
    public bool IsCorrupted;

    /// <summary>Position in the plan's copy of the first word of the stored checksums that touch the piece.</summary>
    public int ChecksumStart;

    /// <summary>Number of them.</summary>
    public int ChecksumCount;
}
