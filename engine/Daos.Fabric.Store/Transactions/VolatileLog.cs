namespace Daos.Fabric.Store.Transactions;

/// <summary>The log of a volatile shard: it counts and keeps nothing. Owned by one owner thread.</summary>
internal sealed unsafe class VolatileLog : TransactionLog
{
    private ulong _count;

    /// <summary>What every transaction is answered until cleared: set when the shard is closed or faulted.</summary>
    internal DerCode Refusal { get; set; }

    /// <inheritdoc/>
    internal override int TransactionBytesMax => StoreLimits.TransactionBytesMax;

    /// <summary>Position of the newest transaction; all are stable at once.</summary>
    internal LogPosition Appended => new(_count);

    /// <inheritdoc/>
    internal override DerCode Admit() => Refusal;

    /// <inheritdoc/>
    internal override LogPosition Append(Arena arena, TransactionRange* ranges, int count, int redoBytes) => new(++_count);
}
