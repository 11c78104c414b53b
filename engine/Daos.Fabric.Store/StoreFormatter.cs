using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Checkpoint;
using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Journal;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store;

/// <summary>
/// Writes a new durable shard: log of zeros, headers, a first checkpoint of the empty arena, and the superblock last, so that an
/// interrupted creation is no store. Owned by one owner thread.
/// </summary>
internal sealed class StoreFormatter(OwnerLoop loop, StoreOptions options) : IDisposable
{
    private const int ZeroBytes = 1 << 20;

    private readonly NativeSlab _zeros = new(ZeroBytes);
    private readonly NativeSlab _header = new(FileHeaderDf.BlockBytes);

    /// <summary>Writes everything but the superblock.</summary>
    /// <param name="arena">Formatted in memory.</param>
    /// <param name="superblock">Filled in; the caller writes it when this succeeded.</param>
    /// <param name="meta">Empty.</param>
    /// <param name="log">Empty.</param>
    /// <param name="data">Empty.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> RunAsync(Arena arena, Superblock superblock, MediaFile meta, MediaFile log, MediaFile data)
    {
        Guid id = superblock.Values.Id;
        var geometry = new LogGeometry(options.LogBytes, options.LogBlockBytes, id);

        // Blocks that were written once are overwritten in place: a durable write to them changes nothing but them.
        PersistProbe.Reach(options.OnPersist, PersistPoint.BeforeFormatWrites);
        DerCode code = await ZeroAsync(meta, MetaGeometry.SlotOffset(1, (long)superblock.Values.RootAreaBytes));
        code = code.IsSuccess ? await ZeroAsync(log, geometry.FileBytes) : code;
        code = code.IsSuccess ? await WriteHeaderAsync(log, FileHeaderDf.RoleLog, id, geometry.FileBytes) : code;
        code = code.IsSuccess ? await WriteHeaderAsync(data, FileHeaderDf.RoleData, id, options.DataBytes) : code;
        PersistProbe.Reach(options.OnPersist, PersistPoint.AfterFormatWrites);
        PersistProbe.Reach(options.OnPersist, PersistPoint.BeforeFormatFlush);
        code = code.IsSuccess ? await log.FlushAsync() : code;
        code = code.IsSuccess ? await data.FlushAsync() : code;
        code = code.IsSuccess ? await meta.FlushAsync() : code;
        PersistProbe.Reach(options.OnPersist, PersistPoint.AfterFormatFlush);
        return code.IsSuccess ? await CheckpointAsync(arena, superblock, meta, log, geometry) : code;
    }

    /// <summary>Frees the buffers.</summary>
    public void Dispose()
    {
        _zeros.Dispose();
        _header.Dispose();
    }

    private unsafe nint ZeroAddress() => (nint)_zeros.Address;

    private unsafe nint FillHeader(uint role, Guid id, long fileBytes)
    {
        new Span<byte>(_header.Address, FileHeaderDf.BlockBytes).Clear();
        FileHeaderDf.Write(_header.Address, role, id, fileBytes, StoreShard.FirstGeneration);
        return (nint)_header.Address;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> ZeroAsync(MediaFile file, long lengthBytes)
    {
        for (long offset = 0; offset < lengthBytes; offset += ZeroBytes)
        {
            int here = (int)Math.Min(ZeroBytes, lengthBytes - offset);
            DerCode code = await file.WriteAsync(ZeroAddress(), here, offset);
            if (code.IsError)
            {
                return code;
            }
        }

        return DerCode.Success;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WriteHeaderAsync(MediaFile file, uint role, Guid id, long fileBytes) =>
        await file.WriteAsync(FillHeader(role, id, fileBytes), FileHeaderDf.BlockBytes, 0);

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> CheckpointAsync(
        Arena arena, Superblock superblock, MediaFile meta, MediaFile log, LogGeometry geometry)
    {
        ulong start = geometry.FirstPosition;
        superblock.Values.GenerationStart = start;
        using var writer = new LogWriter(loop, options, geometry, log.Handle, superblock.Values.Generation, start, start, _ => { });
        using var checkpointer = new Checkpointer(loop, arena, meta, superblock, new PageMap(arena.LimitBytes), 0)
        {
            OnPersist = options.OnPersist,
        };
        if (!checkpointer.TryBack(arena.CommittedBytes))
        {
            return DerCode.NoSpace;
        }

        return await checkpointer.RunAsync(writer, isClean: true);
    }
}
