namespace Daos.Fabric.Store.Transactions;

/// <summary>The log of a volatile shard: it counts and keeps nothing. Owned by one owner thread.</summary>
internal sealed unsafe class VolatileLog : TransactionLog
{
    private ulong _count;
    private DerCode _refusal;

    /// <inheritdoc/>
    internal override int TransactionBytesMax => StoreLimits.TransactionBytesMax;

    /// <summary>As stable as it ever gets.</summary>
    internal override LogPosition Stable => new(_count);

    /// <inheritdoc/>
    internal override LogPosition Appended => new(_count);

    /// <inheritdoc/>
    internal override DerCode Admit() => _refusal;

    /// <inheritdoc/>
    internal override LogPosition Append(Arena arena, TransactionRange* ranges, int count, int redoBytes) => new(++_count);

    /// <inheritdoc/>
    internal override ValueTask<DerCode> WaitStableAsync(LogPosition position) => new(DerCode.Success);

    /// <inheritdoc/>
    internal override ValueTask<DerCode> AdmitAsync() => new(_refusal);

    /// <inheritdoc/>
    internal override void Submit()
    {
    }

    /// <inheritdoc/>
    internal override void Stop(DerCode code) => _refusal = code;
}
