using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Media;

/// <summary>
/// The blocks of the data file. A write reserves blocks (in memory only), moves its data, and publishes them in the transaction that
/// refers to them, or cancels. Freed blocks may be reserved again once the record that freed them is stable, no read under way can have
/// found them (a crash never brings back a reference to overwritten data), and they rested for a while. Owned by one owner thread.
/// </summary>
internal sealed unsafe partial class DataSpace : ITransactionObserver, IDisposable
{
    private const int ChunkCountMax = 4096;
    private const int ReserveDivisor = 50;
    private const long ReserveBytesMax = 256L << 20;

    private readonly Arena _arena;
    private readonly FreeBlocks _free;
    private readonly BlockPlacement _placement;
    private readonly ReadGuard _guard = new();
    private readonly FreedExtents _freed;
    private readonly OwnerLoop _loop;
    private NativeList<DataExtent> _freedHere = new(256);
    private ulong _header;
    private long _publishedHereBytes;

    private DataSpace(Arena arena, TransactionLog log, OwnerLoop loop, long totalBlocks, long ageNs)
    {
        _arena = arena;
        _header = arena.Header->DataSpace;
        _free = new FreeBlocks(totalBlocks, totalBlocks);
        _placement = new BlockPlacement(_free, totalBlocks);
        _freed = new FreedExtents(log, _guard, loop, ageNs);
        _loop = loop;
        TotalBytes = totalBlocks * DataExtent.BlockBytes;
    }

    /// <summary>Size of the data file.</summary>
    internal long TotalBytes { get; private set; }

    /// <summary>The largest that it can be given: the table of chunks is one block of the arena.</summary>
    internal long LimitBytes => (SizeClasses.LargestBytes - DataSpaceDf.SizeBytes) / sizeof(ulong) * ChunkBlocks * DataExtent.BlockBytes;

    private long ChunkBlocks => Header->ChunkBytes * 8L;

    /// <summary>Bytes that could be reserved now, apart from fragmentation; those that only rest, or are being trimmed, among them.</summary>
    internal long FreeBytes
    {
        get
        {
            Reclaim(isNeeded: false);
            return (_free.Count * DataExtent.BlockBytes) + _freed.AgeingBytes + _trimmingBytes;
        }
    }

    /// <summary>Free bytes that updates do not get: a fiftieth, at most 256 MiB, for what brings space back (DAOS: 2 %).</summary>
    internal long ReserveBytes => Math.Min(TotalBytes / ReserveDivisor, ReserveBytesMax) / DataExtent.BlockBytes * DataExtent.BlockBytes;

    /// <summary>Reserved by writes that are under way, in bytes.</summary>
    internal long UnpublishedBytes { get; private set; }

    /// <summary>Tests only: told of each change of the bitmap.</summary>
    internal Action<PersistPoint>? OnPersist { get; set; }

    /// <summary>Tests only: which reservations fail.</summary>
    internal Func<AllocationKind, bool>? OnAllocate { get; set; }

    /// <summary>Freed blocks that may not be reserved yet, in bytes.</summary>
    internal long PendingFreeBytes => _freed.PendingBytes;

    /// <summary>True while blocks that nobody can reserve now come back by themselves: freed ones, and those that are being trimmed.</summary>
    internal bool HasReturning => _freed.PendingBytes + _trimmingBytes > 0;

    /// <summary>Freed blocks that rest before they are reserved again, unless they are needed; in bytes.</summary>
    internal long AgeingBytes => _freed.AgeingBytes;

    private DataSpaceDf* Header => _arena.At<DataSpaceDf>(_header);

    /// <summary>Writes an empty bitmap into a new arena, by transactions of its own. DER_NOSPACE when the arena is too small.</summary>
    internal static DerCode Format(Arena arena, LocalTransaction transaction, long dataBytes)
    {
        long blocks = dataBytes / DataExtent.BlockBytes;
        int chunkBytes = 512;
        while ((blocks + (chunkBytes * 8) - 1) / (chunkBytes * 8) > ChunkCountMax && chunkBytes < SizeClasses.LargestBytes)
        {
            chunkBytes *= 2;
        }

        long chunks = (blocks + (chunkBytes * 8) - 1) / (chunkBytes * 8);
        int headerBytes = DataSpaceDf.SizeBytes + (int)(chunks * sizeof(ulong));
        if (headerBytes > SizeClasses.LargestBytes)
        {
            return DerCode.Overflow;
        }

        DerCode code = FormatHeader(arena, transaction, blocks, chunkBytes, (int)chunks);
        for (int i = 0; i < chunks && code.IsSuccess; i++)
        {
            code = FormatChunk(arena, transaction, i, chunkBytes);
        }

        return code;
    }

    /// <summary>Reads the bitmap. DER_DF_INVAL when it is not one.</summary>
    /// <param name="arena">Where it lies.</param>
    /// <param name="log">Says what is stable.</param>
    /// <param name="loop">Owner.</param>
    /// <param name="dataBytes">Size of the data file.</param>
    /// <param name="ageNs">How long freed blocks rest.</param>
    internal static DerResult<DataSpace> Open(Arena arena, TransactionLog log, OwnerLoop loop, long dataBytes, long ageNs)
    {
        DataSpaceDf* header = arena.At<DataSpaceDf>(arena.Header->DataSpace);
        if (header->Version != DataSpaceDf.VersionValue || header->TotalBlocks > (ulong)(dataBytes / DataExtent.BlockBytes))
        {
            return DerCode.DfInval;
        }

        var space = new DataSpace(arena, log, loop, (long)header->TotalBlocks, ageNs);
        space.ReadBitmap();
        return space;
    }

    /// <summary>
    /// Takes one run of blocks for so many bytes, in memory only. DER_NOSPACE when there is no such run; a caller may try smaller pieces.
    /// </summary>
    /// <param name="bytes">How many.</param>
    /// <param name="extent">What was taken; no blocks when there are none.</param>
    /// <param name="stream">Who takes it: what brings space back gets what updates do not.</param>
    internal DerCode Reserve(long bytes, out DataExtent extent, AllocationStream stream = AllocationStream.Io)
    {
        Reclaim(isNeeded: false);
        uint blocks = DataExtent.BlocksFor(bytes);
        long block = AllocationProbe.Refuses(OnAllocate, AllocationKind.Blocks) ? -1 : TryTake(blocks, stream);
        if (block < 0 && _freed.AgeingBytes > 0)
        {
            Reclaim(isNeeded: true);
            block = TryTake(blocks, stream);
        }

        if (block < 0)
        {
            extent = default;
            return DerCode.NoSpace;
        }

        extent = new DataExtent((ulong)block, blocks);
        UnpublishedBytes += extent.LengthBytes;
        return DerCode.Success;
    }

    /// <summary>Makes a reservation permanent with the transaction. After an abort the extent is still reserved: cancel it.</summary>
    internal void Publish(LocalTransaction transaction, DataExtent extent)
    {
        PersistProbe.Reach(OnPersist, PersistPoint.BeforeDataPublish);
        ChangeBits(transaction, extent, used: true);
        _publishedHereBytes += extent.LengthBytes;
        transaction.Join(this);
        PersistProbe.Reach(OnPersist, PersistPoint.AfterDataPublish);
    }

    /// <summary>Gives back a reservation that was not published.</summary>
    internal void Cancel(DataExtent extent)
    {
        UnpublishedBytes -= extent.LengthBytes;
        _placement.Return((long)extent.Block, extent.Blocks);
        _trims?.NoteFree((long)extent.Block, extent.Blocks);
    }

    /// <summary>Frees a published extent with the transaction; an abort undoes it.</summary>
    internal void Free(LocalTransaction transaction, DataExtent extent)
    {
        PersistProbe.Reach(OnPersist, PersistPoint.BeforeDataFree);
        ChangeBits(transaction, extent, used: false);
        _freedHere.Add(extent);
        transaction.Join(this);
        PersistProbe.Reach(OnPersist, PersistPoint.AfterDataFree);
    }

    /// <summary>
    /// One transaction on the way to a larger bitmap: adds a chunk, or, when there are enough, counts the new blocks. DER_NOSPACE, DER_AGAIN.
    /// </summary>
    /// <param name="transaction">None is open.</param>
    /// <param name="dataBytes">The size to come to, of a file that has it.</param>
    /// <param name="isDone">It has that size.</param>
    internal DerCode GrowStep(LocalTransaction transaction, long dataBytes, out bool isDone)
    {
        long blocks = dataBytes / DataExtent.BlockBytes;
        long total = (long)Header->TotalBlocks;
        isDone = blocks <= total;
        if (isDone)
        {
            return DerCode.Success;
        }

        DerCode code = transaction.Begin();
        if (code.IsError)
        {
            return code;
        }

        bool needsChunk = Header->ChunkCount * ChunkBlocks < blocks;
        if (needsChunk && !TryAddChunk(transaction))
        {
            transaction.Abort();
            return DerCode.NoSpace;
        }

        if (!needsChunk)
        {
            transaction.Modify<DataSpaceDf>(_header)->TotalBlocks = (ulong)blocks;
        }

        code = transaction.Commit(out _);
        _header = _arena.Header->DataSpace;
        if (code.IsSuccess && !needsChunk)
        {
            _free.Enlarge(blocks);
            _trims?.Enlarge(blocks);
            _free.Add(total, blocks - total);
            TotalBytes = blocks * DataExtent.BlockBytes;
            isDone = true;
        }

        return code;
    }

    /// <summary>To be called before extents are looked up for reading; give the ticket to <see cref="LeaveRead"/> when done.</summary>
    internal long EnterRead() => _guard.Enter();

    /// <summary>The read that entered with this ticket is over.</summary>
    internal void LeaveRead(long ticket) => _guard.Leave(ticket);

    void ITransactionObserver.Committed(LogPosition position)
    {
        long tag = _guard.Tag();
        for (int i = 0; i < _freedHere.Count; i++)
        {
            _freed.Add(_freedHere.Items[i], position, tag);
        }

        _freedHere.Clear();
        UnpublishedBytes -= _publishedHereBytes;
        _publishedHereBytes = 0;
    }

    void ITransactionObserver.Aborted()
    {
        _freedHere.Clear();
        _publishedHereBytes = 0;
    }

    /// <summary>Frees the tables.</summary>
    public void Dispose()
    {
        _free.Dispose();
        _freed.Dispose();
        StopTrims();
        _freedHere.Dispose();
    }

    private static DerCode FormatHeader(Arena arena, LocalTransaction transaction, long blocks, int chunkBytes, int chunks)
    {
        DerCode code = transaction.Begin();
        if (code.IsError)
        {
            return code;
        }

        ulong offset = transaction.Allocate(DataSpaceDf.SizeBytes + (chunks * sizeof(ulong)));
        if (offset == Arena.Null)
        {
            transaction.Abort();
            return DerCode.NoSpace;
        }

        DataSpaceDf* header = arena.At<DataSpaceDf>(offset);
        header->Version = DataSpaceDf.VersionValue;
        header->ChunkBytes = (uint)chunkBytes;
        header->TotalBlocks = (ulong)blocks;
        header->ChunkCount = (uint)chunks;
        *transaction.ModifyHeader(&arena.Header->DataSpace) = offset;
        return transaction.Commit(out _);
    }

    private static DerCode FormatChunk(Arena arena, LocalTransaction transaction, int index, int chunkBytes)
    {
        DerCode code = transaction.Begin();
        if (code.IsError)
        {
            return code;
        }

        ulong chunk = transaction.Allocate(chunkBytes);
        if (chunk == Arena.Null)
        {
            transaction.Abort();
            return DerCode.NoSpace;
        }

        ulong slot = arena.Header->DataSpace + DataSpaceDf.SizeBytes + ((ulong)index * sizeof(ulong));
        *transaction.Modify<ulong>(slot) = chunk;
        if (index == 0)
        {
            // The file's first block holds its header.
            *arena.At<byte>(chunk) = 1;
        }

        return transaction.Commit(out _);
    }

    // The table is a block of just its size class; one that leaves its class moves.
    private bool TryAddChunk(LocalTransaction transaction)
    {
        int chunks = (int)Header->ChunkCount;
        int oldBytes = DataSpaceDf.SizeBytes + (chunks * sizeof(ulong));
        int newBytes = oldBytes + sizeof(ulong);
        ulong table = SizeClasses.Of(newBytes) == SizeClasses.Of(oldBytes) ? _header : transaction.Allocate(newBytes);
        ulong chunk = table == Arena.Null ? Arena.Null : transaction.Allocate((int)Header->ChunkBytes);
        if (chunk == Arena.Null)
        {
            return false;
        }

        if (table != _header)
        {
            Unsafe.CopyBlockUnaligned(_arena.At(table, oldBytes), _arena.At(_header, oldBytes), (uint)oldBytes);
            *transaction.ModifyHeader(&_arena.Header->DataSpace) = table;
            transaction.Free(_header, oldBytes);
        }

        transaction.Modify<DataSpaceDf>(table)->ChunkCount = (uint)(chunks + 1);
        *transaction.Modify<ulong>(table + (ulong)oldBytes) = chunk;
        return true;
    }

    private void ReadBitmap()
    {
        long blocks = (long)Header->TotalBlocks;
        long freeFrom = -1;
        for (long block = 0; block < blocks; block++)
        {
            byte bits = *ByteOf(block);
            if (bits == 0 && block % 8 == 0 && block + 8 <= blocks)
            {
                freeFrom = freeFrom < 0 ? block : freeFrom;
                block += 7;
                continue;
            }

            bool isUsed = (bits >> (int)(block % 8) & 1) != 0;
            if (!isUsed)
            {
                freeFrom = freeFrom < 0 ? block : freeFrom;
            }
            else if (freeFrom >= 0)
            {
                _free.Add(freeFrom, block - freeFrom);
                freeFrom = -1;
            }
        }

        if (freeFrom >= 0)
        {
            _free.Add(freeFrom, blocks - freeFrom);
        }
    }

    private long TryTake(uint blocks, AllocationStream stream) =>
        stream == AllocationStream.Aggregation || _free.Count - blocks >= ReserveBytes / DataExtent.BlockBytes
            ? _placement.Take(blocks, stream)
            : -1;

    private byte* ByteOf(long block) => _arena.At<byte>(ChunkOf(block) + (ulong)(block / 8 % Header->ChunkBytes));

    private ulong ChunkOf(long block)
    {
        long index = block / 8 / Header->ChunkBytes;
        Invariant.Check(index < Header->ChunkCount);
        return *_arena.At<ulong>(_header + DataSpaceDf.SizeBytes + ((ulong)index * sizeof(ulong)));
    }

    private void ChangeBits(LocalTransaction transaction, DataExtent extent, bool used)
    {
        long block = (long)extent.Block;
        long left = extent.Blocks;
        Invariant.Check(block > 0 && left > 0 && block + left <= (long)Header->TotalBlocks);
        long chunkBlocks = Header->ChunkBytes * 8L;
        while (left > 0)
        {
            long here = Math.Min(left, chunkBlocks - (block % chunkBlocks));
            ulong first = ChunkOf(block) + (ulong)(block / 8 % Header->ChunkBytes);
            int bytes = (int)(((block + here - 1) / 8) - (block / 8) + 1);
            FlipBits(transaction.Modify(first, bytes), (int)(block % 8), (int)here, used);
            block += here;
            left -= here;
        }
    }

    private static void FlipBits(byte* bytes, int bit, int count, bool used)
    {
        while (count > 0)
        {
            int here = Math.Min(count, 8 - bit);
            byte mask = (byte)(((1 << here) - 1) << bit);
            Invariant.Check((*bytes & mask) == (used ? 0 : mask));
            *bytes ^= mask;
            bytes++;
            bit = 0;
            count -= here;
        }
    }

    private void Reclaim(bool isNeeded)
    {
        _freed.Advance();
        while (_freed.TryTake(isNeeded, out DataExtent extent))
        {
            PersistProbe.Reach(OnPersist, PersistPoint.BeforeDataReuse);
            _placement.Return((long)extent.Block, extent.Blocks);
            _trims?.NoteFree((long)extent.Block, extent.Blocks);
            PersistProbe.Reach(OnPersist, PersistPoint.AfterDataReuse);
        }
    }
}
