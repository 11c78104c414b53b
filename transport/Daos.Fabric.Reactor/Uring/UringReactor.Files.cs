using Daos.Fabric.Reactor.Native;

namespace Daos.Fabric.Reactor.Uring;

// Files: one entry per operation. Durability of a single write is a flag of the write, so that the drive can use FUA.
public sealed unsafe partial class UringReactor
{
    /// <inheritdoc/>
    public override void ReadFile(int file, byte* destination, int lengthBytes, long offsetBytes, ReactorOperation operation)
    {
        IoUringSqe* entry = Begin(operation, OperationKind.ReadFile, file, IoUring.IORING_OP_READ);
        entry->Address = (ulong)destination;
        entry->Length = (uint)lengthBytes;
        entry->Offset = (ulong)offsetBytes;
    }

    /// <inheritdoc/>
    public override void WriteFile(int file, byte* source, int lengthBytes, long offsetBytes, WriteMode mode, ReactorOperation operation)
    {
        IoUringSqe* entry = Begin(operation, OperationKind.WriteFile, file, IoUring.IORING_OP_WRITE);
        entry->Address = (ulong)source;
        entry->Length = (uint)lengthBytes;
        entry->Offset = (ulong)offsetBytes;
        entry->OperationFlags = mode == WriteMode.Durable ? IoUring.RWF_DSYNC : 0;
    }

    /// <inheritdoc/>
    public override void FlushFile(int file, ReactorOperation operation)
    {
        IoUringSqe* entry = Begin(operation, OperationKind.FlushFile, file, IoUring.IORING_OP_FSYNC);
        entry->OperationFlags = IoUring.IORING_FSYNC_DATASYNC;
    }
}
