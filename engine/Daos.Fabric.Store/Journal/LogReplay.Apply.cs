using Daos.Fabric.Store.Format;

namespace Daos.Fabric.Store.Journal;

/// <summary>The part that looks into blocks and changes the arena.</summary>
internal sealed unsafe partial class LogReplay
{
    private LogBlockDf* BlockAt(ulong position) =>
        (LogBlockDf*)(_window.Address + (_geometry.OffsetOf(position) - _windowStart));

    private nint WindowAddress() => (nint)_window.Address;

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
        Unsafe.CopyBlockUnaligned(_pending.Extend(payloadBytes), payload, (uint)payloadBytes);
        DerCode code = ApplyPending(position);
        _lastGeneration = block->Generation;
        End = position + block->BlockBytes;
        Blocks++;
        return code;
    }

    private DerCode ApplyPending(ulong position)
    {
        int at = 0;
        while (_pending.Count - at >= LogTransactionDf.SizeBytes)
        {
            LogTransactionDf head = Unsafe.ReadUnaligned<LogTransactionDf>(_pending.Items + at);
            if (head.Magic != LogTransactionDf.MagicValue)
            {
                return Refuse(position, "a transaction in it has no head although its checksum is good");
            }

            if (head.RedoBytes > (uint)(_pending.Count - at - LogTransactionDf.SizeBytes))
            {
                break;
            }

            byte* ranges = _pending.Items + at + LogTransactionDf.SizeBytes;
            DerCode code = ApplyTransaction(ranges, (int)head.RedoBytes, head.RangeCount, position);
            if (code.IsError)
            {
                return code;
            }

            at += LogTransactionDf.SizeBytes + (int)head.RedoBytes;
            Transactions++;
        }

        KeepRest(at);
        return DerCode.Success;
    }

    private void KeepRest(int at)
    {
        int rest = _pending.Count - at;
        Buffer.MemoryCopy(_pending.Items + at, _pending.Items, rest, rest);
        _pending.Clear();
        _pending.Extend(rest);
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
