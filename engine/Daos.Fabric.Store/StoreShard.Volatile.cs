using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store;

/// <summary>Making and ending a shard, the volatile kind and what both kinds share.</summary>
public sealed partial class StoreShard
{
    // Nothing survives: opening a volatile shard makes a new one over whatever an earlier process left.
    private static DerResult<StoreShard> CreateVolatile(OwnerLoop loop, StoreOptions options)
    {
        var files = new StoreFiles(loop.Reactor.Files, options);
        DerCode code = files.PrepareVolatile();
        if (code.IsError)
        {
            return code;
        }

        DerResult<MediaHandle> file = files.Create(files.Volatile, options.DataBytes);
        if (!file.IsSuccess)
        {
            return file.Code;
        }

        DerResult<Arena> arena = Arena.Create(
            (ulong)options.ArenaReserveBytes, (ulong)Checkpoint.MetaGeometry.ArenaLimitBytesFor(options.ArenaReserveBytes), options.OnAllocate);
        if (!arena.IsSuccess)
        {
            files.CloseAll();
            return options.Report.Fail(
                arena.Code, $"No address range of {options.ArenaReserveBytes} bytes can be reserved; lower ArenaReserveBytes.");
        }

        var shard = new StoreShard(loop, options) { _files = files };
        shard.Attach(arena.Value, new VolatileLog(), file.Value, files.Volatile.Path);
        code = DataSpace.Format(shard.Arena, shard.Transaction, options.DataBytes);
        code = code.IsSuccess ? shard.OpenDataSpace() : code;
        if (code.IsSuccess)
        {
            shard.FormatTrees(ref code);
        }

        Epoch highest = Epoch.None;
        if (code.IsSuccess)
        {
            shard.OpenTrees(ref code, ref highest);
        }

        if (code.IsError)
        {
            shard.Detach();
            files.CloseAll();
            return options.Report.Fail(code, $"The volatile store in {options.Path} cannot be laid out: {code.Text}.");
        }

        return shard;
    }

    private void Attach(Arena arena, TransactionLog log, MediaHandle dataFile, string dataPath)
    {
        Arena = arena;
        Log = log;
        Transaction = new LocalTransaction(arena, log) { OnAllocate = Options.OnAllocate };
        if (Options.VerifyRanges)
        {
            Transaction.Shadow = new ArenaShadow(arena);
            arena.Releaser.OnReleased = (offset, lengthBytes) => Transaction.Shadow.Fill(offset, lengthBytes, 0);
        }

        DataFile = new MediaFile(Loop, dataFile, dataPath, FaultFlush, Options.Health);
        Buffers = new MediaBuffers(Loop, Options.MediaBufferCount);
        SmallBuffers = new MediaBuffers(Loop, Options.SmallBufferCount, MediaBuffers.SmallBufferBytes);
        Loop.BeforeSubmit += _beforeSubmit;
    }

    private DerCode OpenDataSpace()
    {
        DerResult<DataSpace> space = DataSpace.Open(Arena, Log, Loop, Options.DataBytes, Options.DataAgeMs * 1_000_000L);
        if (space.IsSuccess)
        {
            DataSpace = space.Value;
            DataSpace.OnPersist = Options.OnPersist;
            DataSpace.OnAllocate = Options.OnAllocate;
        }

        return space.Code;
    }

    /// <summary>Simulations only: frees the memory after a crash has ended the loop and everything that was under way.</summary>
    internal void ReleaseAfterCrash()
    {
        _opening.ForEach(part => part.Dispose());
        _opening.Clear();
        Objects?.Aggregator.Dispose();
        Buffers?.FreeMemory();
        SmallBuffers?.FreeMemory();
        _scrubber?.Dispose();
        Transaction?.Shadow?.Dispose();
        Transaction?.Dispose();
        _checkpointer?.FreeMemory();
        _log?.FreeMemory();
        DataSpace?.Dispose();
        _superblock?.Dispose();
        Arena?.Dispose();
    }

    // Nothing may be under way. A failed opening has only some of the parts.
    private void Detach()
    {
        Loop.BeforeSubmit -= _beforeSubmit;
        _timer?.Stop();
        _trimTimer?.Stop();
        Objects?.Aggregator.Dispose();
        Buffers?.Dispose();
        SmallBuffers?.Dispose();
        Transaction?.Shadow?.Dispose();
        Transaction?.Dispose();
        _checkpointer?.Dispose();
        _log?.Dispose();
        DataSpace?.Dispose();
        Arena?.Dispose();
    }
}
