namespace Daos.Fabric.Store.Trees;

/// <summary>One object of a container. Owned by one xstream.</summary>
/// <remarks>
/// <code>
///  0                                  24          32          40           48           56
/// | incarnation log (IncarnationDf)  | id low    | id high   | dkey root  | reserved   | reserved |
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct ObjectDf
{
    /// <summary>Bytes of the record.</summary>
    public const int SizeBytes = 64;

    /// <summary>Offset of <see cref="Dkeys"/>.</summary>
    public const int DkeysOffset = 40;

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

    [FieldOffset(48)]
    private readonly ulong _reserved1;

    [FieldOffset(56)]
    private readonly ulong _reserved2;

    /// <summary>The object's id.</summary>
    public readonly ObjectId Id => new(IdHigh, IdLow);
}
