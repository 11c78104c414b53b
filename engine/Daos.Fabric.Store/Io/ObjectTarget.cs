namespace Daos.Fabric.Store.Io;

/// <summary>Where an operation goes: container, object and dkey. The dkey's bytes are borrowed until the plan is freed.</summary>
public readonly unsafe struct ObjectTarget
{
    /// <summary>The container.</summary>
    public ContainerId Container { get; init; }

    /// <summary>The object; its type says how keys are ordered.</summary>
    public ObjectId Object { get; init; }

    /// <summary>First byte of the dkey, in native memory.</summary>
    public byte* Dkey { get; init; }

    /// <summary>Bytes of the dkey: 1 to 4096, 8 for integer dkeys.</summary>
    public int DkeyLength { get; init; }

    /// <summary>
    /// Update and punch: the epoch to write at, none to mint one. Fetch: the epoch to read at, none for the newest stable version.
    /// </summary>
    public Epoch Epoch { get; init; }

    /// <summary>Order inside the epoch, for several operations at one epoch.</summary>
    public ushort MinorEpoch { get; init; }

    /// <summary>Conditions on the keys.</summary>
    public UpdateConditions Conditions { get; init; }

    /// <summary>
    /// With <see cref="Epoch"/>: up to here it is not certain what was written before it (DAOS: epoch bound, the epoch plus the largest clock
    /// offset). A write found between the two gives DER_TX_RESTART. None when the epoch is certain.
    /// </summary>
    public Epoch EpochBound { get; init; }

    /// <summary>
    /// The transaction it belongs to. A read with one, at an epoch, is noted: an older write of what it read must come again.
    /// </summary>
    public TransactionId Transaction { get; init; }

    /// <summary>How it is carried out.</summary>
    public OperationFlags Flags { get; init; }

    /// <summary>Update and punch: who asks, so that a resend finds the first answer.</summary>
    public ModificationId Modification { get; init; }
}
