namespace Daos.Fabric.Store.Transactions;

/// <summary>Where committed transactions go. Owned by one owner thread.</summary>
internal abstract unsafe class TransactionLog
{
    /// <summary>Redo bytes that one transaction may have at most (headers of its ranges included).</summary>
    internal abstract int TransactionBytesMax { get; }

    /// <summary>Everything up to here survives a crash.</summary>
    internal abstract LogPosition Stable { get; }

    /// <summary>Position of the newest transaction.</summary>
    internal abstract LogPosition Appended { get; }

    /// <summary>
    /// Success when a transaction of the largest size would find room now. DER_AGAIN: wait for log space; DER_IO: the shard is faulted;
    /// DER_SHUTDOWN: it is closed.
    /// </summary>
    internal abstract DerCode Admit();

    /// <summary>Takes the present content of the ranges over as one atomic record. Cannot fail after a successful admission.</summary>
    /// <param name="arena">Where the ranges lie.</param>
    /// <param name="ranges">Every range of the transaction.</param>
    /// <param name="count">Number of ranges.</param>
    /// <param name="redoBytes">Sum over the ranges of <see cref="RangeBytes"/>.</param>
    internal abstract LogPosition Append(Arena arena, TransactionRange* ranges, int count, int redoBytes);

    /// <summary>Completes once a position is stable, in the order of the log; DER_IO when that will never be known.</summary>
    internal abstract ValueTask<DerCode> WaitStableAsync(LogPosition position);

    /// <summary>Completes once an update may start; see <see cref="Admit"/>.</summary>
    internal abstract ValueTask<DerCode> AdmitAsync();

    /// <summary>Called at the end of each turn: what was committed in it goes to media together.</summary>
    internal abstract void Submit();

    /// <summary>No transaction from now on; whoever waits is answered with the code.</summary>
    internal abstract void Stop(DerCode code);

    /// <summary>Redo bytes of one range: an 8-byte head and the content, padded to 8.</summary>
    internal static int RangeBytes(int lengthBytes) => 8 + ((lengthBytes + 7) & ~7);
}
