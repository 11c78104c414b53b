using System.Runtime.Intrinsics.X86;
using Daos.Fabric.Store.Format;

namespace Daos.Fabric.Store.Journal;

/// <summary>The part that looks into blocks and changes the arena.</summary>
internal sealed unsafe partial class LogReplay
{
    private const int PrefetchRangesMax = 32;

    private LogBlockDf* BlockAt(ulong position) =>
        (LogBlockDf*)(_window.Address + (_geometry.OffsetOf(position) - _window.Start));

    private bool IsNextBlock(ulong position, LogGenerations superblock)
    {
        LogBlockDf* block = BlockAt(position);
        if (!_geometry.HasShape(block) || block->Position != position || block->Generation < _lastGeneration)
        {
            return false;
        }

        bool generationFits = position >= superblock.Start
            ? block->Generation == superblock.Current
            : block->Generation < superblock.Current;
        return generationFits && block->Checksum == _geometry.ChecksumOf(block);
    }

    private DerCode ApplyBlock(ulong position)
    {
        LogBlockDf* block = BlockAt(position);
        bool continues = (block->Flags & LogBlockDf.FlagContinues) != 0;
        if (!continues)
        {
            // What the block before began was never finished: it was cut there by an earlier recovery.
            _pending.Clear();
        }
        else if (_pending.Count == 0)
        {
            return Refuse(position, "it continues a transaction that has no beginning");
        }

        int payloadBytes = (int)block->PayloadBytes;
        byte* payload = (byte*)block + LogBlockDf.SizeBytes;
        DerCode code = _pending.Count == 0 ? ApplyPayload(payload, payloadBytes, position) : ApplyPending(payload, payloadBytes, position);
        _lastGeneration = block->Generation;
        End = position + block->BlockBytes;
        Blocks++;
        return code;
    }

    // The beginning of a transaction waits for the rest of it.
    private DerCode ApplyPending(byte* payload, int payloadBytes, ulong position)
    {
        Unsafe.CopyBlockUnaligned(_pending.Extend(payloadBytes), payload, (uint)payloadBytes);
        DerCode code = Apply(_pending.Items, _pending.Count, position, out int applied);
        int rest = _pending.Count - applied;
        Buffer.MemoryCopy(_pending.Items + applied, _pending.Items, rest, rest);
        _pending.Clear();
        _pending.Extend(rest);
        return code;
    }

    private DerCode ApplyPayload(byte* payload, int payloadBytes, ulong position)
    {
        DerCode code = Apply(payload, payloadBytes, position, out int applied);
        int rest = payloadBytes - applied;
        if (rest > 0)
        {
            Unsafe.CopyBlockUnaligned(_pending.Extend(rest), payload + applied, (uint)rest);
        }

        return code;
    }

    // Whole transactions only.
    private DerCode Apply(byte* bytes, int count, ulong position, out int at)
    {
        at = 0;
        while (count - at >= LogTransactionDf.SizeBytes)
        {
            LogTransactionDf head = Unsafe.ReadUnaligned<LogTransactionDf>(bytes + at);
            if (head.Magic != LogTransactionDf.MagicValue)
            {
                return Refuse(position, "a transaction in it has no head although its checksum is good");
            }

            if (head.RedoBytes > (uint)(count - at - LogTransactionDf.SizeBytes))
            {
                break;
            }

            byte* ranges = bytes + at + LogTransactionDf.SizeBytes;
            int after = at + LogTransactionDf.SizeBytes + (int)head.RedoBytes;
            PrefetchTransaction(bytes + after, bytes + count);
            DerCode code = ApplyTransaction(ranges, (int)head.RedoBytes, head.RangeCount, position);
            if (code.IsError)
            {
                return code;
            }

            at = after;
            Transactions++;
        }

        return DerCode.Success;
    }

    // Ranges lie all over the arena: memory is asked for while the transaction before is applied. Nothing here is trusted.
    private void PrefetchTransaction(byte* at, byte* end)
    {
        if (!Sse.IsSupported || end - at < LogTransactionDf.SizeBytes)
        {
            return;
        }

        byte* range = at + LogTransactionDf.SizeBytes;
        uint redoBytes = Unsafe.ReadUnaligned<LogTransactionDf>(at).RedoBytes;
        byte* last = redoBytes < (ulong)(end - range) ? range + redoBytes : end;
        for (int i = 0; i < PrefetchRangesMax && last - range > sizeof(ulong); i++)
        {
            ulong word = Unsafe.ReadUnaligned<ulong>(range);
            Sse.Prefetch0(_arena.Base + (word & LogTransactionDf.OffsetMask));
            range += TransactionLog.RangeBytes((int)(word >> LogTransactionDf.OffsetBits));
        }
    }

    private DerCode ApplyTransaction(byte* redo, int redoBytes, uint rangeCount, ulong position)
    {
        byte* end = redo + redoBytes;
        for (uint i = 0; i < rangeCount; i++)
        {
            ulong word = end - redo >= sizeof(ulong) ? Unsafe.ReadUnaligned<ulong>(redo) : 0;
            ulong offset = word & LogTransactionDf.OffsetMask;
            int lengthBytes = (int)(word >> LogTransactionDf.OffsetBits);
            if (lengthBytes == 0 || end - redo < TransactionLog.RangeBytes(lengthBytes))
            {
                return Refuse(position, "a transaction in it has a bad range although its checksum is good");
            }

            ulong rangeEnd = offset + (ulong)lengthBytes;
            if (rangeEnd > _arena.CapacityBytes || !_arena.TryGrow(rangeEnd))
            {
                return Refuse(position, $"a transaction in it reaches offset {rangeEnd} of an arena of {_arena.CapacityBytes} bytes");
            }

            Unsafe.CopyBlockUnaligned(_arena.Base + offset, redo + sizeof(ulong), (uint)lengthBytes);
            _arena.Dirty?.Mark(offset, lengthBytes);
            redo += TransactionLog.RangeBytes(lengthBytes);
        }

        return redo == end ? DerCode.Success : Refuse(position, "a transaction in it has more bytes than its ranges");
    }
}
