using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Io;

/// <summary>Which transaction is to be prepared. The participants' bytes are borrowed until the plan is freed.</summary>
public readonly unsafe struct TransactionInfo
{
    /// <summary>The container that all its operations belong to.</summary>
    public ContainerId Container { get; init; }

    /// <summary>Its id, the same on every participant and in every resend.</summary>
    public TransactionId Id { get; init; }

    /// <summary>When its records are written; none to mint an epoch (its leader does).</summary>
    public Epoch Epoch { get; init; }

    /// <summary>Whether this target leads it, and whether readers wait for it. Only <see cref="TransactionFlags.Leader"/> and
    /// <see cref="TransactionFlags.Block"/>.</summary>
    public TransactionFlags Flags { get; init; }

    /// <summary>The object that chooses the leader; kept for whoever finds the transaction after a restart.</summary>
    public ObjectId Object { get; init; }

    /// <summary>Hash of the dkey that chooses the leader; kept as well.</summary>
    public ulong DkeyHash { get; init; }

    /// <summary>Version of the pool map; kept as well.</summary>
    public uint MapVersion { get; init; }

    /// <summary>Who takes part (DAOS: dtx_memberships); the store keeps the bytes and does not look into them.</summary>
    public byte* Participants { get; init; }

    /// <summary>Bytes of <see cref="Participants"/>, at most 48 KiB.</summary>
    public int ParticipantBytes { get; init; }
}
