namespace Daos.Fabric.Store.Io;

/// <summary>One value of an update, before it is in a tree. Lives in its plan.</summary>
internal unsafe struct UpdateEntry
{
    /// <summary>The akey, borrowed.</summary>
    public byte* Akey;

    /// <summary>Bytes of the akey.</summary>
    public int AkeyLength;

    /// <summary>Single value or range of an array.</summary>
    public AkeyType Type;

    /// <summary>Conditions on this akey, when each has its own.</summary>
    public UpdateConditions Conditions;

    /// <summary>Where the bytes will lie; a hole has none.</summary>
    public ValueMedia Media;

    /// <summary>Size of an array record in bytes.</summary>
    public int RecordBytes;

    /// <summary>First array record.</summary>
    public ulong Start;

    /// <summary>Number of array records.</summary>
    public ulong Count;

    /// <summary>Size of the value.</summary>
    public long ValueBytes;

    /// <summary>The checksums that came with it.</summary>
    public ChecksumInfo Checksum;

    /// <summary>The bytes of a small value, borrowed until the commit.</summary>
    public byte* Source;

    /// <summary>Parts written to media so far.</summary>
    public int PartsWritten;

    /// <summary>Checks parts as they are written.</summary>
    public ChecksumRun Run;

    /// <summary>First of its runs of reserved blocks, in the plan's list; for data.</summary>
    public int FirstRun;

    /// <summary>Number of them: none before they were reserved, usually one.</summary>
    public int RunCount;

    /// <summary>First record after the range.</summary>
    public readonly ulong End => Start + Count;

    /// <summary>True when both entries name the same akey.</summary>
    public readonly bool HasAkey(byte* akey, int akeyLength) =>
        AkeyLength == akeyLength
        && (Akey == akey || new ReadOnlySpan<byte>(Akey, AkeyLength).SequenceEqual(new ReadOnlySpan<byte>(akey, akeyLength)));
}
