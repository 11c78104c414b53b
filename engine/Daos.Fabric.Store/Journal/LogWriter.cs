using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Journal;

/// <summary>
/// The log of a durable shard: transactions go into the open block; at the end of each turn, and when a write completes, the open block
/// is closed and written durably if a write is free. Blocks become stable in the order of their positions. Owned by one owner thread.
/// </summary>
/// <remarks>
/// Blocks stand in a ring of <c>LogBlockCount</c>: [oldest being written ... closed ... open]. The file is a ring too: from the start of
/// the last complete checkpoint to the end of the open block. Either being full makes updates wait; neither can block a checkpoint, which
/// writes no log.
/// </remarks>
internal sealed unsafe partial class LogWriter : TransactionLog, IDisposable
{
    private readonly OwnerLoop _loop;
    private readonly StoreOptions _options;
    private ulong _generation;
    private readonly BufferPool _pool;
    private readonly LogBlock[] _blocks;
    private readonly Action<string> _onFailure;

    // Block numbers grow for ever: [_first, _toWrite) being written, [_toWrite, _last) closed, _last open when _isOpen.
    private long _first;
    private long _toWrite;
    private long _last;
    private bool _isOpen;
    private ulong _next;
    private ulong _appended;
    private ulong _stable;
    private DerCode _stopped;
    private DerCode _refused;

    /// <param name="loop">Owner.</param>
    /// <param name="options">Limits.</param>
    /// <param name="geometry">Places in the file.</param>
    /// <param name="file">The log file, which its caller closes.</param>
    /// <param name="generation">Durable in the superblock before this.</param>
    /// <param name="start">Start of the last complete checkpoint.</param>
    /// <param name="next">Where the next block goes: everything before it is stable.</param>
    /// <param name="onFailure">Told in words why the shard must stop.</param>
    internal LogWriter(
        OwnerLoop loop,
        StoreOptions options,
        LogGeometry geometry,
        MediaHandle file,
        ulong generation,
        ulong start,
        ulong next,
        Action<string> onFailure)
    {
        _loop = loop;
        _options = options;
        Geometry = geometry;
        File = file;
        _generation = generation;
        _start = start;
        _next = next;
        _appended = next;
        _stable = next;
        _onFailure = onFailure;
        _pool = new BufferPool("log", options.LogBlockBytes, options.LogBlockCount);
        _blocks = new LogBlock[options.LogBlockCount];
        for (int i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = new LogBlock(this, _pool.TryRent(BufferPurpose.Log)!);
        }

        ComputeLimits();
    }

    /// <inheritdoc/>
    internal override int TransactionBytesMax => _transactionBytesMax;

    /// <inheritdoc/>
    internal override LogPosition Stable => new(_stable);

    /// <inheritdoc/>
    internal override LogPosition Appended => new(_appended);

    /// <summary>Places in the file.</summary>
    internal LogGeometry Geometry { get; private set; }

    /// <summary>The log file.</summary>
    internal MediaHandle File { get; }

    /// <summary>Where blocks are written.</summary>
    internal Reactor.Reactor Reactor => _loop.Reactor;

    /// <summary>Hears how writes of blocks end.</summary>
    internal DeviceHealth Health => _options.LogHealth;

    /// <summary>The loop's time.</summary>
    internal long NowNs => _loop.NowNs;

    /// <summary>Blocks written.</summary>
    internal long WrittenBlocks { get; private set; }

    /// <summary>Bytes of blocks written.</summary>
    internal long WrittenBytes { get; private set; }

    /// <summary>True while the kernel may read a block.</summary>
    internal bool IsWriting => Array.Exists(_blocks, b => b.IsActive);

    private LogBlock OpenBlock => _blocks[_last % _blocks.Length];

    /// <inheritdoc/>
    internal override LogPosition Append(Arena arena, TransactionRange* ranges, int count, int redoBytes)
    {
        PersistProbe.Reach(_options.OnPersist, PersistPoint.BeforeLogAppend);
        int totalBytes = LogTransactionDf.SizeBytes + redoBytes;
        EnsureRoom(totalBytes);
        var head = new LogTransactionDf
        {
            Magic = LogTransactionDf.MagicValue,
            RangeCount = (uint)count,
            RedoBytes = (uint)redoBytes,
        };
        if (OpenBlock.PayloadBytes + totalBytes <= Geometry.PayloadBytesMax)
        {
            AppendWhole(arena, ranges, count, totalBytes, head);
        }
        else
        {
            AppendSpanning(arena, ranges, count, head);
        }

        _appended = OpenBlock.PayloadEnd;
        _loop.RequestSubmit();
        PersistProbe.Reach(_options.OnPersist, PersistPoint.AfterLogAppend);
        return new LogPosition(_appended);
    }

    /// <inheritdoc/>
    internal override void Submit()
    {
        if (_isOpen && OpenBlock.PayloadBytes > 0 && _last - _first < _options.LogWritesMax && _stopped.IsSuccess)
        {
            CloseBlock();
        }

        while (_toWrite < _last && _toWrite - _first < _options.LogWritesMax && _stopped.IsSuccess)
        {
            LogBlock block = _blocks[_toWrite % _blocks.Length];
            _toWrite++;
            WrittenBlocks++;
            WrittenBytes += LogGeometry.BlockBytesFor(block.PayloadBytes);
            PersistProbe.Reach(_options.OnPersist, PersistPoint.BeforeLogFlush);
            block.Write(_generation, _stable);
        }
    }

    /// <inheritdoc/>
    internal override ValueTask<DerCode> WaitStableAsync(LogPosition position)
    {
        if (position.Value <= _stable)
        {
            return new ValueTask<DerCode>(DerCode.Success);
        }

        if (_stopped.IsError)
        {
            return new ValueTask<DerCode>(_stopped);
        }

        Invariant.Check(position.Value <= _appended);
        LogWaiter waiter = LogWaiter.Rent(_loop);
        BlockOf(position.Value).AddWaiter(waiter);
        return waiter.Task;
    }

    /// <summary>
    /// Closes the open block and returns the position of the next one: no transaction lies across it. The start of a checkpoint.
    /// </summary>
    internal ulong Cut()
    {
        if (_isOpen && OpenBlock.PayloadBytes > 0)
        {
            CloseBlock();
        }

        return _isOpen ? OpenBlock.Position : _next;
    }

    /// <summary>A block's last byte is durable: everything in front of the first unwritten block is stable.</summary>
    internal void OnWritten()
    {
        PersistProbe.Reach(_options.OnPersist, PersistPoint.AfterLogFlush);
        bool moved = false;
        while (_first < _toWrite && _blocks[_first % _blocks.Length].IsWritten)
        {
            LogBlock block = _blocks[_first % _blocks.Length];
            PersistProbe.Reach(_options.OnPersist, PersistPoint.BeforeCommitMark);
            _first++;
            _stable = block.EndPosition;
            moved = true;
            if (_stopped.IsSuccess)
            {
                block.FinishWaiters(DerCode.Success);
            }

            PersistProbe.Reach(_options.OnPersist, PersistPoint.AfterCommitMark);
        }

        if (moved)
        {
            Submit();
            WakeAdmitted();
        }
    }

    /// <summary>Nothing behind a failed block can become stable: the shard stops.</summary>
    internal void OnWriteFailed(LogBlock block, int result) =>
        _onFailure($"writing the log at position {block.Position} failed with errno {-result}");

    /// <summary>No transaction from now on; what is in the log still becomes stable.</summary>
    internal void Refuse(DerCode code)
    {
        _refused = code;
        _roomWaiters.FinishAll(code);
    }

    /// <inheritdoc/>
    internal override void Stop(DerCode code)
    {
        Refuse(code);
        if (_stopped.IsError)
        {
            return;
        }

        _stopped = code;
        for (long i = _first; i <= _last; i++)
        {
            if (i < _last || _isOpen)
            {
                _blocks[i % _blocks.Length].FinishWaiters(code);
            }
        }
    }

    /// <summary>Frees the buffers; no write may be under way.</summary>
    public void Dispose()
    {
        Invariant.Check(!IsWriting);
        FreeMemory();
    }

    /// <summary>The same when a crash ended the writes.</summary>
    internal void FreeMemory() => _pool.Dispose();

    private void EnsureRoom(int totalBytes)
    {
        if (_isOpen && OpenBlock.PayloadBytes > 0 && OpenBlock.PayloadBytes + totalBytes > Geometry.PayloadBytesMax)
        {
            CloseBlock();
        }

        if (!_isOpen)
        {
            StartBlock(continues: false);
        }
    }

    private void StartBlock(bool continues)
    {
        // Admission left room for the largest transaction, so a free block is there.
        Invariant.Check(_last - _first < _blocks.Length);
        Invariant.Check(!OpenBlock.IsActive);
        OpenBlock.Open(_next, continues);
        _isOpen = true;
    }

    private void CloseBlock()
    {
        _next = OpenBlock.EndPosition;
        _last++;
        _isOpen = false;
    }

    private void AppendWhole(Arena arena, TransactionRange* ranges, int count, int totalBytes, LogTransactionDf head)
    {
        byte* target = OpenBlock.Extend(totalBytes);
        *(LogTransactionDf*)target = head;
        target += LogTransactionDf.SizeBytes;
        for (int i = 0; i < count; i++)
        {
            TransactionRange range = ranges[i];
            *(ulong*)target = WordOf(range);
            int padded = (range.LengthBytes + 7) & ~7;
            *(ulong*)(target + padded) = 0;
            Unsafe.CopyBlockUnaligned(target + 8, arena.Base + range.Offset, (uint)range.LengthBytes);
            target += 8 + padded;
        }
    }

    private void AppendSpanning(Arena arena, TransactionRange* ranges, int count, LogTransactionDf head)
    {
        Put((byte*)&head, LogTransactionDf.SizeBytes);
        ulong zero = 0;
        for (int i = 0; i < count; i++)
        {
            TransactionRange range = ranges[i];
            ulong word = WordOf(range);
            Put((byte*)&word, sizeof(ulong));
            Put(arena.Base + range.Offset, range.LengthBytes);
            Put((byte*)&zero, -range.LengthBytes & 7);
        }
    }

    private void Put(byte* source, int lengthBytes)
    {
        while (lengthBytes > 0)
        {
            int room = Geometry.PayloadBytesMax - OpenBlock.PayloadBytes;
            if (room == 0)
            {
                CloseBlock();
                StartBlock(continues: true);
                continue;
            }

            int here = Math.Min(room, lengthBytes);
            Unsafe.CopyBlockUnaligned(OpenBlock.Extend(here), source, (uint)here);
            source += here;
            lengthBytes -= here;
        }
    }

    private static ulong WordOf(TransactionRange range) =>
        range.Offset | ((ulong)(uint)range.LengthBytes << LogTransactionDf.OffsetBits);

    private LogBlock BlockOf(ulong position)
    {
        for (long i = _isOpen ? _last : _last - 1; i > _first; i--)
        {
            LogBlock block = _blocks[i % _blocks.Length];
            if (block.Position < position)
            {
                return block;
            }
        }

        return _blocks[_first % _blocks.Length];
    }
}
