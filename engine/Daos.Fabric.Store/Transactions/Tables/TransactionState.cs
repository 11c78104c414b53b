namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>How far a transaction is on this target, with DAOS's numbers (DTX_ST_*).</summary>
public enum TransactionState : byte
{
    /// <summary>Its records are durable, and nothing is decided.</summary>
    Prepared = 1,

    /// <summary>Its records show.</summary>
    Committed = 2,

    /// <summary>Participants disagree.</summary>
    Corrupted = 3,

    /// <summary>Every participant has prepared: its records show, and its commit follows. Memory only.</summary>
    Committable = 4,

    /// <summary>Its records are gone; told for a while, then it is unknown.</summary>
    Aborted = 5,

    /// <summary>Its records are being taken away.</summary>
    Aborting = 6,
}
