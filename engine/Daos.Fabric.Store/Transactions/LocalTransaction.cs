using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Transactions;

/// <summary>
/// All changes of the arena between two moments, applied whole or not at all, in memory and after a crash. It records ranges: their
/// former bytes for undo when they are asked for, their new bytes for redo at commit. One per shard, reused, and without an await in
/// it, so there is never a second one. Owned by one owner thread.
/// </summary>
/// <remarks>
/// <code>
/// Idle  -- Begin --> Open;   Open -- Commit --> Idle (in the log, or undone when it answers an error);   Open -- Abort --> Idle
/// </code>
/// </remarks>
internal sealed unsafe partial class LocalTransaction : IDisposable
{
    // A range that lies inside one of the last few is not recorded again: tree code asks for the same node field by field.
    private const int LookBack = 6;

    // A freed block: its first word, and the counters of its slab.
    private static readonly int s_freeRedoBytes = TransactionLog.RangeBytes(sizeof(ulong)) + TransactionLog.RangeBytes(SlabHeaderDf.HotBytes);

    private readonly Arena _arena;
    private readonly TransactionLog _log;
    private readonly ArenaAllocator _allocator;
    private readonly ITransactionObserver[] _observers = new ITransactionObserver[StoreLimits.ObserversMax];
    private NativeList<TransactionRange> _ranges = new(1024);
    private NativeList<byte> _undo = new(256 * 1024);
    private NativeList<FreedBlock> _freed = new(256);
    private int _observerCount;
    private int _redoBytes;
    private long _liveDelta;
    private bool _open;
    private bool _useReserve;

    internal LocalTransaction(Arena arena, TransactionLog log)
    {
        _arena = arena;
        _log = log;
        _allocator = new ArenaAllocator(arena, this);
    }

    /// <summary>Tests only: which allocations fail.</summary>
    internal Func<AllocationKind, bool>? OnAllocate { get; init; }

    /// <summary>True between Begin and its end.</summary>
    internal bool IsOpen => _open;

    /// <summary>Redo bytes recorded so far; above the log's limit the commit is refused.</summary>
    internal int RedoBytes => _redoBytes;

    /// <summary>The same with what the blocks cost that are given back at commit; moves of whole slabs come on top.</summary>
    internal int RedoBytesAtCommit => _redoBytes + (_freed.Count * s_freeRedoBytes);

    /// <summary>Ranges recorded so far.</summary>
    internal int RangeCount => _ranges.Count;

    /// <summary>Transactions committed.</summary>
    internal long CommittedCount { get; private set; }

    /// <summary>
    /// Opens it with log space for the largest transaction. DER_AGAIN: nothing was opened, await the shard's admission and come again;
    /// DER_IO: the shard is faulted; DER_SHUTDOWN: it is closed.
    /// </summary>
    /// <param name="useReserve">True when it will free more than it takes (punch): it may use the arena's last part.</param>
    internal DerCode Begin(bool useReserve = false)
    {
        Invariant.Check(!_open);
        DerCode admitted = _log.Admit();
        if (admitted.IsSuccess)
        {
            _open = true;
            _useReserve = useReserve;
        }

        return admitted;
    }

    /// <summary>
    /// Takes a zeroed block of 1 to 64 KiB, aligned to 8 (to 16 or more from 16 bytes on). The whole block is recorded: write to it
    /// without further ado until the commit. Returns 0 when the arena is full (DER_NOSPACE); abort then.
    /// </summary>
    internal ulong Allocate(int sizeBytes)
    {
        Debug.Assert(_open, "no transaction is open");
        Debug.Assert(sizeBytes is > 0 and <= SizeClasses.LargestBytes, "1 byte to 64 KiB");
        if (AllocationProbe.Refuses(OnAllocate, AllocationKind.Record))
        {
            return Arena.Null;
        }

        ulong offset = _allocator.Allocate(sizeBytes, _useReserve);
        if (offset != Arena.Null)
        {
            _liveDelta += SizeClasses.BytesOf(SizeClasses.Of(sizeBytes));
        }

        return offset;
    }

    /// <summary>Gives a block back at commit; until then it keeps its content. The size is the one it was taken with.</summary>
    internal void Free(ulong offset, int sizeBytes)
    {
        Debug.Assert(_open, "no transaction is open");
        _ = _arena.At(offset, sizeBytes);
        _freed.Add(new FreedBlock { Offset = offset, SizeBytes = sizeBytes });
    }

    /// <summary>Records a range and returns where to write. The pointer holds as long as the arena; the permission until the end.</summary>
    internal byte* Modify(ulong offset, int lengthBytes)
    {
        byte* address = _arena.At(offset, lengthBytes);
        Record(offset, lengthBytes, address);
        return address;
    }

    /// <summary>Records a structure and returns it.</summary>
    internal T* Modify<T>(ulong offset)
        where T : unmanaged => (T*)Modify(offset, sizeof(T));

    /// <summary>Sets one of the arena's 16 root words.</summary>
    internal void ModifyRoot(int slot, ulong value) => *ModifyHeader((ulong*)(_arena.Base + Arena.RootOffset(slot))) = value;

    /// <summary>Records a field of the arena's header.</summary>
    internal T* ModifyHeader<T>(T* field)
        where T : unmanaged
    {
        ulong offset = (ulong)((byte*)field - _arena.Base);
        Invariant.Check(offset < ArenaHeaderDf.SizeBytes);
        Record(offset, sizeof(T), (byte*)field);
        return field;
    }

    /// <summary>Lets an observer hear the end of this transaction, once however often it joins.</summary>
    internal void Join(ITransactionObserver observer)
    {
        Debug.Assert(_open, "no transaction is open");
        for (int i = 0; i < _observerCount; i++)
        {
            if (ReferenceEquals(_observers[i], observer))
            {
                return;
            }
        }

        _observers[_observerCount++] = observer;
    }

    /// <summary>
    /// Makes the changes one record of the log. The only failure is DER_REC2BIG, above <see cref="TransactionLog.TransactionBytesMax"/>,
    /// and then everything was undone.
    /// </summary>
    internal DerCode Commit(out LogPosition position)
    {
        Invariant.Check(_open);
        for (int i = 0; i < _freed.Count; i++)
        {
            FreedBlock block = _freed.Items[i];
            _allocator.Free(block.Offset, block.SizeBytes);
            _liveDelta -= SizeClasses.BytesOf(SizeClasses.Of(block.SizeBytes));
        }

        if (_redoBytes > _log.TransactionBytesMax)
        {
            Abort();
            position = default;
            return DerCode.RecordTooBig;
        }

        position = _log.Append(_arena, _ranges.Items, _ranges.Count, _redoBytes);
        MarkDirty();
        _arena.LiveBytes += (ulong)_liveDelta;
        CommittedCount++;
        VerifyCommit();
        Reset();
        NotifyCommitted(position);
        return DerCode.Success;
    }

    /// <summary>Puts every recorded byte back.</summary>
    internal void Abort()
    {
        Invariant.Check(_open);
        for (int i = _ranges.Count - 1; i >= 0; i--)
        {
            TransactionRange range = _ranges.Items[i];
            Unsafe.CopyBlockUnaligned(_arena.Base + range.Offset, _undo.Items + range.UndoStart, (uint)range.LengthBytes);
        }

        VerifyAbort();
        Reset();
        int count = _observerCount;
        _observerCount = 0;
        for (int i = 0; i < count; i++)
        {
            _observers[i].Aborted();
        }
    }

    /// <summary>Frees its native memory.</summary>
    public void Dispose()
    {
        _ranges.Dispose();
        _undo.Dispose();
        _freed.Dispose();
    }

    private void Record(ulong offset, int lengthBytes, byte* address)
    {
        Debug.Assert(_open, "no transaction is open");
        Debug.Assert(lengthBytes > 0, "an empty range");
        int count = _ranges.Count;
        for (int i = count - 1; i >= 0 && i >= count - LookBack; i--)
        {
            TransactionRange* known = _ranges.Items + i;
            if (offset - known->Offset <= (ulong)known->LengthBytes
                && offset + (ulong)lengthBytes <= known->Offset + (ulong)known->LengthBytes)
            {
                return;
            }
        }

        int undoStart = _undo.Count;
        Invariant.Check(undoStart + lengthBytes <= StoreLimits.UndoBytesMax);
        Unsafe.CopyBlockUnaligned(_undo.Extend(lengthBytes), address, (uint)lengthBytes);
        _ranges.Add(new TransactionRange { Offset = offset, LengthBytes = lengthBytes, UndoStart = undoStart });
        _redoBytes += TransactionLog.RangeBytes(lengthBytes);
    }

    private void MarkDirty()
    {
        if (_arena.Dirty is not { } dirty)
        {
            return;
        }

        for (int i = 0; i < _ranges.Count; i++)
        {
            dirty.Mark(_ranges.Items[i].Offset, _ranges.Items[i].LengthBytes);
        }
    }

    private void NotifyCommitted(LogPosition position)
    {
        int count = _observerCount;
        _observerCount = 0;
        for (int i = 0; i < count; i++)
        {
            _observers[i].Committed(position);
        }
    }

    private void Reset()
    {
        _ranges.Clear();
        _undo.Clear();
        _freed.Clear();
        _redoBytes = 0;
        _liveDelta = 0;
        _open = false;
    }

    private struct FreedBlock
    {
        internal ulong Offset;
        internal int SizeBytes;
    }
}
