namespace Daos.Fabric.Store.Io;

/// <summary>One value that a fetch asks for, and what was found. Lives in its plan.</summary>
internal unsafe struct FetchEntry
{
    /// <summary>The akey, borrowed.</summary>
    public byte* Akey;

    /// <summary>Bytes of the akey.</summary>
    public int AkeyLength;

    /// <summary>Single value or range of an array.</summary>
    public AkeyType Type;

    /// <summary>Bit 63 for parity, else 0.</summary>
    public ulong Side;

    /// <summary>First array record, without bit 63.</summary>
    public ulong Start;

    /// <summary>Number of array records.</summary>
    public ulong Count;

    /// <summary>Conditions on this akey, when each has its own.</summary>
    public UpdateConditions Conditions;

    /// <summary>The akey exists in the view and holds this kind of value.</summary>
    public bool Exists;

    /// <summary>Size of a record; of the whole value for a single value.</summary>
    public long RecordBytes;

    /// <summary>Bytes of the answer, holes included.</summary>
    public long ValueBytes;

    /// <summary>First of its pieces.</summary>
    public int PieceStart;

    /// <summary>Number of its pieces.</summary>
    public int PieceCount;

    /// <summary>Kind of the checksums of the answer.</summary>
    public ChecksumType ChecksumType;

    /// <summary>Bytes that each covers, 0 for a single value.</summary>
    public uint ChunkBytes;

    /// <summary>First word of its checksums.</summary>
    public int ChecksumStart;

    /// <summary>Words of its checksums so far.</summary>
    public int ChecksumWords;
}
