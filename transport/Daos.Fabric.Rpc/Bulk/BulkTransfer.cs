namespace Daos.Fabric.Rpc.Bulk;

/// <summary>A transfer under way. Await <see cref="Task"/> once. A value, owned by the context's loop.</summary>
public readonly struct BulkTransfer
{
    private readonly BulkOperation? _operation;
    private readonly ulong _use;

    internal BulkTransfer(BulkOperation operation, ValueTask<DerCode> task)
    {
        _operation = operation;
        _use = operation.Use;
        Task = task;
    }

    internal BulkTransfer(DerCode code) => Task = new(code);

    /// <summary>
    /// The outcome. DER_NO_PERM (key wrong or revoked, range or access not given), DER_UNREACH, DER_CSUM, DER_CANCELED (request cancelled or
    /// transfer aborted). Local memory belongs to the transport until then.
    /// </summary>
    public ValueTask<DerCode> Task { get; }

    /// <summary>
    /// Gives it up (CaRT: crt_bulk_abort): no further piece is started, and it completes with DER_CANCELED when those under way ended, so
    /// that no byte moves afterwards. Nothing happens when it has completed.
    /// </summary>
    public void Abort() => _operation?.Abort(_use);
}
