namespace Daos.Fabric.Store.Trees;

/// <summary>One object of a container. Owned by one xstream.</summary>
/// <remarks>
/// <code>
///  0                                  24          32          40           48           56
/// | incarnation log (IncarnationDf)  | id low    | id high   | dkey root  | newest w.  | reserved |
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct ObjectDf
{
    /// <summary>Bytes of the record.</summary>
    public const int SizeBytes = 64;

    /// <summary>Offset of <see cref="Dkeys"/>.</summary>
    public const int DkeysOffset = 40;

    /// <summary>Offset of <see cref="NewestWrite"/>.</summary>
    public const int NewestWriteOffset = 48;

    /// <summary>When the object was created and punched.</summary>
    [FieldOffset(0)]
    public IncarnationDf Incarnation;

    /// <summary>Low half of the id.</summary>
    [FieldOffset(24)]
    public ulong IdLow;

    /// <summary>High half of the id.</summary>
    [FieldOffset(32)]
    public ulong IdHigh;

    /// <summary>Root of the dkey tree.</summary>
    [FieldOffset(DkeysOffset)]
    public ulong Dkeys;

    /// <summary>No write or punch of the object, at whatever level, has a higher epoch; one that was aborted may have left it higher.</summary>
    [FieldOffset(NewestWriteOffset)]
    public ulong NewestWrite;

    [FieldOffset(56)]
    private readonly ulong _reserved;

    /// <summary>The object's id.</summary>
    public readonly ObjectId Id => new(IdHigh, IdLow);
}
