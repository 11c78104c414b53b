namespace Daos.Fabric.Store.Trees;

/// <summary>One creation or punch. Drawn at <see cref="IncarnationDf"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct IncarnationEventDf
{
    /// <summary>Bytes of an event.</summary>
    public const int SizeBytes = 16;

    /// <summary>When.</summary>
    [FieldOffset(0)]
    public ulong Epoch;

    /// <summary>Order inside the epoch.</summary>
    [FieldOffset(8)]
    public ushort Minor;

    /// <summary>What.</summary>
    [FieldOffset(10)]
    public IncarnationKind Kind;

    [FieldOffset(11)]
    private readonly byte _reserved;

    /// <summary>Reference of the transaction that wrote it, 0 when committed.</summary>
    [FieldOffset(VersionDf.TransactionOffset)]
    public uint Transaction;

    /// <summary>When, with the order inside the epoch.</summary>
    public readonly VersionStamp Stamp => new(Epoch, Minor);
}

/// <summary>What an event says. On media.</summary>
internal enum IncarnationKind : byte
{
    /// <summary>There is no event.</summary>
    None = 0,

    /// <summary>The entity was created, or created again.</summary>
    Create = 1,

    /// <summary>The entity and everything below it was punched.</summary>
    Punch = 2,
}
