namespace Daos.Fabric.Store.Transactions;

/// <summary>A piece of the arena that a transaction may change, and where its former bytes are kept.</summary>
internal struct TransactionRange
{
    /// <summary>In the arena.</summary>
    internal ulong Offset;

    /// <summary>In bytes.</summary>
    internal int LengthBytes;

    /// <summary>Position of the former bytes in the undo buffer.</summary>
    internal int UndoStart;
}
