namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>What is known of an undecided transaction (DAOS: DTE_*). On media.</summary>
[Flags]
public enum TransactionFlags : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>This target leads it, so it knows here first whether the transaction is decided.</summary>
    Leader = 1 << 0,

    /// <summary>Stand-alone reads wait for its outcome too, also on its leader: it spans several redundancy groups.</summary>
    Block = 1 << 1,

    /// <summary>Participants disagree: reads of its records answer DER_DATA_LOSS until it is discarded.</summary>
    Corrupted = 1 << 2,

    /// <summary>Nobody is left who knows its outcome: reads of its records answer DER_TX_UNCERTAIN until somebody decides.</summary>
    Orphan = 1 << 3,
}
