using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Checkpoint;
using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Journal;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Media.Signatures;

namespace Daos.Fabric.Store;

/// <summary>Formatting of a durable shard.</summary>
public sealed partial class StoreShard
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> FormatAsync(OwnerLoop loop, StoreOptions options)
    {
        var files = new StoreFiles(loop.Reactor.Files, options);
        DerCode code = files.Prepare();
        if (code.IsError)
        {
            return code;
        }

        PersistProbe.Reach(options.OnPersist, PersistPoint.BeforeFormatFiles);
        using var superblock = new Superblock { OnPersist = options.OnPersist };
        FillSuperblock(superblock, loop, options);
        DerResult<MediaHandle> log = files.Create(files.Log, new LogGeometry(options.LogBytes, options.LogBlockBytes, default).FileBytes);
        DerResult<MediaHandle> data = log.IsSuccess ? files.Create(files.Data, options.DataBytes) : log;
        long metaBytes = MetaGeometry.FileBytesFor(0, (long)superblock.Values.RootAreaBytes);
        DerResult<MediaHandle> meta = data.IsSuccess ? files.Create(files.Meta, metaBytes) : data;
        if (!meta.IsSuccess)
        {
            files.RemoveCreated();
            return meta.Code;
        }

        PersistProbe.Reach(options.OnPersist, PersistPoint.AfterFormatFiles);
        var shard = new StoreShard(loop, options);
        var metaFile = new MediaFile(loop, meta.Value, files.Meta.Path, shard.FaultFlush, options.MetadataHealth);
        var logFile = new MediaFile(loop, log.Value, files.Log.Path, shard.FaultFlush, options.LogHealth);
        var dataFile = new MediaFile(loop, data.Value, files.Data.Path, shard.FaultFlush, options.Health);
        code = await CarrierCheck.RunAsync([(files.Meta, metaFile), (files.Log, logFile), (files.Data, dataFile)], options);
        if (code.IsError)
        {
            files.RemoveCreated();
            return code;
        }

        code = shard.LayOut(data.Value, files.Data.Path);
        if (code.IsSuccess)
        {
            shard._metaFile = metaFile;
            shard._logFile = logFile;
            using var formatter = new StoreFormatter(loop, options);
            code = await formatter.RunAsync(shard.Arena, superblock, metaFile, logFile, shard.DataFile);
            code = code.IsSuccess ? await superblock.WriteAsync(metaFile) : code;
        }

        shard.Detach();
        if (code.IsError)
        {
            files.RemoveCreated();
            return options.Report.Fail(code, $"The store in {options.Path} cannot be created: {code.Text}. The files that were made are removed again.");
        }

        files.CloseAll();
        return code;
    }

    private static void FillSuperblock(Superblock superblock, OwnerLoop loop, StoreOptions options)
    {
        ref SuperblockDf values = ref superblock.Values;
        values.Id = options.Random.NextGuid();
        values.Generation = FirstGeneration;
        values.HeaderGeneration = FirstGeneration;
        values.LogRingBytes = (ulong)options.LogBytes;
        values.LogBlockBytes = (uint)options.LogBlockBytes;
        values.DataBytes = (ulong)options.DataBytes;
        values.ArenaReserveBytes = (ulong)options.ArenaReserveBytes;
        values.RootAreaBytes = (ulong)MetaGeometry.RootAreaBytesFor(MetaGeometry.ArenaLimitBytesFor(options.ArenaReserveBytes));
        values.CreatedUnixNs = (ulong)loop.Clock.UnixNs;
    }

    // The arena is laid out in memory without a log; its first checkpoint brings it to media.
    private DerCode LayOut(MediaHandle dataFile, string dataPath)
    {
        DerResult<Arena> arena = Arena.Create((ulong)Options.ArenaReserveBytes);
        if (!arena.IsSuccess)
        {
            return arena.Code;
        }

        arena.Value.TrackPages().MarkPage(0);
        Attach(arena.Value, new VolatileLog(), dataFile, dataPath);
        DerCode code = DataSpace.Format(Arena, Transaction, Options.DataBytes);
        if (code.IsSuccess)
        {
            FormatTrees(ref code);
        }

        return code;
    }
}
