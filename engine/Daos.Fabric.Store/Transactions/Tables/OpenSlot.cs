using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>What is known in memory of an undecided transaction. Lives in its table.</summary>
internal struct OpenSlot
{
    /// <summary>Its entry in the arena; 0 for a free slot.</summary>
    public ulong Entry;

    /// <summary>Its container's record.</summary>
    public ulong Container;

    /// <summary>Its id.</summary>
    public TransactionId Id;

    /// <summary>When its records were written.</summary>
    public ulong Epoch;

    /// <summary>Where it was prepared in the log; none in an earlier life.</summary>
    public LogPosition Position;

    /// <summary>How far it is.</summary>
    public TransactionState State;

    /// <summary>What is known of it.</summary>
    public TransactionFlags Flags;

    /// <summary>
    /// It was prepared in an earlier life of the shard, and what was known of its outcome then is forgotten: what somebody saw as
    /// committable must not be missing now, so everybody waits.
    /// </summary>
    public bool IsRecovered;

    /// <summary>What readers may make of its records.</summary>
    public readonly Availability Availability => State switch
    {
        TransactionState.Committable => Availability.Shown,
        TransactionState.Aborting => Availability.Gone,
        _ when (Flags & TransactionFlags.Corrupted) != 0 => Availability.Lost,
        _ when (Flags & TransactionFlags.Orphan) != 0 => Availability.Unknown,
        _ => !IsRecovered && (Flags & (TransactionFlags.Leader | TransactionFlags.Block)) == TransactionFlags.Leader
            ? Availability.Undecided
            : Availability.Elsewhere,
    };
}
