namespace Daos.Fabric.Store.Transactions;

/// <summary>
/// Keeps state outside the arena that follows a transaction. It joins while the transaction is open and hears its end once. Owned by
/// the transaction's owner thread.
/// </summary>
internal interface ITransactionObserver
{
    /// <summary>The transaction was committed at a position. Must not begin another one.</summary>
    void Committed(LogPosition position);

    /// <summary>The transaction was undone.</summary>
    void Aborted();
}
