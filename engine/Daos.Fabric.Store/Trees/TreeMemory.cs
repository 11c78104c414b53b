using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Trees;

/// <summary>
/// The arena and the transaction that changes it, as tree code wants them: typed pointers that are valid until the next call that
/// awaits. Owned by one xstream.
/// </summary>
internal sealed unsafe class TreeMemory(Arena arena, LocalTransaction transaction)
{
    /// <summary>Where records lie.</summary>
    public readonly Arena Arena = arena;

    /// <summary>The transaction under way, when records change.</summary>
    public readonly LocalTransaction Transaction = transaction;

    /// <summary>Whose records are being written, when it is a transaction that is to be decided later.</summary>
    public readonly OpenWriter Writer = new();

    /// <summary>A record to read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* Read<T>(ulong offset)
        where T : unmanaged => Arena.At<T>(offset);

    /// <summary>A record to change: its bytes are recorded for undo and redo.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* Edit<T>(ulong offset)
        where T : unmanaged => Transaction.Modify<T>(offset);

    /// <summary>Reads one word, such as the root of a tree.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Word(ulong offset) => *Arena.At<ulong>(offset);

    /// <summary>Changes one word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetWord(ulong offset, ulong value) => *Transaction.Modify<ulong>(offset) = value;
}
