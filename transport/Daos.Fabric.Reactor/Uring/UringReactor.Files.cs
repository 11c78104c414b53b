using Daos.Fabric.Reactor.Native;

namespace Daos.Fabric.Reactor.Uring;

// Files: one entry per operation, and for a durable write a second one that is linked to it and flushes. Not RWF_DSYNC, although that is
// one entry: its flush runs on a kernel worker bound to one core, and a loop that polls on that core keeps it waiting for a whole time
// slice (measured with 4 KiB writes one at a time: 250/s against 34,000/s with the link; 37,000/s and 34,000/s when the loop blocks).
public sealed unsafe partial class UringReactor
{
    /// <summary>
    /// Reads, count, that do not wait for the turn's end: the device works on the first while the turn still prepares others. A device that got 32
    /// at once was idle for two fifths of the time; with 2 the rate of random reads is a fifth higher, with 1 or 4 less than that.
    /// </summary>
    private const uint ReadsPerCall = 2;

    /// <inheritdoc/>
    public override void ReadFile(int file, byte* destination, int lengthBytes, long offsetBytes, ReactorOperation operation)
    {
        IoUringSqe* entry = Begin(operation, OperationKind.ReadFile, file, IoUring.IORING_OP_READ);
        entry->Address = (ulong)destination;
        entry->Length = (uint)lengthBytes;
        entry->Offset = (ulong)offsetBytes;
        if (_started && _ring.PendingCount >= ReadsPerCall)
        {
            _ring.Submit();
        }
    }

    /// <inheritdoc/>
    public override void WriteFile(int file, byte* source, int lengthBytes, long offsetBytes, WriteMode mode, ReactorOperation operation)
    {
        if (mode == WriteMode.Durable)
        {
            // A chain ends with its submission, so both entries must go in one.
            _ring.Reserve(2);
        }

        IoUringSqe* entry = Begin(operation, OperationKind.WriteFile, file, IoUring.IORING_OP_WRITE);
        entry->Address = (ulong)source;
        entry->Length = (uint)lengthBytes;
        entry->Offset = (ulong)offsetBytes;
        if (mode == WriteMode.Durable)
        {
            ref OperationSlot slot = ref _operations[operation.Slot];
            slot.Parts = 2;
            slot.IsDurable = true;
            slot.LengthBytes = lengthBytes;
            entry->Flags = IoUring.IOSQE_IO_LINK;
            entry->UserData |= FirstPartBit;
            AddFlush(operation.Slot);
        }
    }

    /// <inheritdoc/>
    public override void FlushFile(int file, ReactorOperation operation)
    {
        IoUringSqe* entry = Begin(operation, OperationKind.FlushFile, file, IoUring.IORING_OP_FSYNC);
        entry->OperationFlags = IoUring.IORING_FSYNC_DATASYNC;
    }

    /// <inheritdoc/>
    public override void TrimFile(int file, long offsetBytes, long lengthBytes, ReactorOperation operation)
    {
        // The kernel takes the mode as the length and the length as the address.
        IoUringSqe* entry = Begin(operation, OperationKind.TrimFile, file, IoUring.IORING_OP_FALLOCATE);
        entry->Address = (ulong)lengthBytes;
        entry->Length = Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_KEEP_SIZE;
        entry->Offset = (ulong)offsetBytes;
    }

    private void AddFlush(int index)
    {
        IoUringSqe* entry = _ring.NextEntry();
        entry->Opcode = IoUring.IORING_OP_FSYNC;
        entry->Fd = _operations[index].Descriptor;
        entry->OperationFlags = IoUring.IORING_FSYNC_DATASYNC;
        entry->UserData = _operations.TagOf(index);
    }

    // Both parts of a durable write are over. False when the flush is made again, because it did not run after the write: the kernel
    // drops it behind a short write, and may run it too early when it could not take both entries in one submission.
    private bool FinishDurableWrite(int index, out int result)
    {
        ref OperationSlot slot = ref _operations[index];
        result = slot.FirstResult;
        if (result <= 0)
        {
            return true;
        }

        bool isOrdered = result == slot.LengthBytes && !_ring.HasBrokenChains;
        if (isOrdered || slot.IsRepeated)
        {
            result = slot.LastResult < 0 ? slot.LastResult : result;
            return true;
        }

        if (slot.IsCancelled)
        {
            result = -Errno.Canceled;
            return true;
        }

        slot.IsRepeated = true;
        slot.Parts = 1;
        AddFlush(index);
        return false;
    }
}
