using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Checkpoint;
using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Journal;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store;

/// <summary>Recovery: superblock, checkpoint, log, a raised generation, and the clock above everything stored.</summary>
public sealed partial class StoreShard
{
    // What an opening under way holds, for a simulated crash in the middle of it.
    private readonly List<IDisposable> _opening = [];
    private MediaFile? _metaFile;
    private MediaFile? _logFile;
    private StoreFiles? _files;
    private Superblock? _superblock;
    private Checkpointer? _checkpointer;
    private LogWriter? _log;

    /// <summary>Identity and generation; null for a volatile shard.</summary>
    internal Superblock? Superblock => _superblock;

    /// <summary>The log; null for a volatile shard.</summary>
    internal LogWriter? LogWriter => _log;

    /// <summary>The checkpoints; null for a volatile shard.</summary>
    internal Checkpointer? Checkpointer => _checkpointer;

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerResult<StoreShard>> RecoverAsync(OwnerLoop loop, StoreOptions options)
    {
        var files = new StoreFiles(loop.Reactor.Files, options);
        DerResult<MediaHandle> meta = await files.OpenAsync(loop, files.Meta);
        DerResult<MediaHandle> log = meta.IsSuccess ? await files.OpenAsync(loop, files.Log) : meta;
        DerResult<MediaHandle> data = log.IsSuccess ? await files.OpenAsync(loop, files.Data) : log;
        if (!data.IsSuccess)
        {
            files.CloseAll();
            return data.Code;
        }

        var superblock = new Superblock { OnPersist = options.OnPersist };
        var probe = new MediaFile(loop, meta.Value, files.Meta.Path, _ => { }, options.MetadataHealth);
        DerCode code = await superblock.ReadAsync(probe, options.Report);
        if (code.IsError)
        {
            superblock.Dispose();
            files.CloseAll();
            return code;
        }

        var shard = new StoreShard(loop, WithSizesOf(options, superblock)) { _files = files, _superblock = superblock };
        shard._metaFile = new MediaFile(loop, meta.Value, files.Meta.Path, shard.FaultFlush, options.MetadataHealth);
        shard._logFile = new MediaFile(loop, log.Value, files.Log.Path, shard.FaultFlush, options.LogHealth);
        code = await shard.RecoverStateAsync(data.Value, files.Data.Path);
        if (code.IsError)
        {
            await shard.AbandonAsync();
            return code;
        }

        return shard;
    }

    // Sizes are those of the superblock, whatever was asked for.
    private static StoreOptions WithSizesOf(StoreOptions options, Superblock superblock) => options with
    {
        LogBytes = (long)superblock.Values.LogRingBytes,
        LogBlockBytes = (int)superblock.Values.LogBlockBytes,
        DataBytes = (long)superblock.Values.DataBytes,
        ArenaReserveBytes = (long)superblock.Values.ArenaReserveBytes,
    };

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> RecoverStateAsync(MediaHandle dataFile, string dataPath)
    {
        Guid id = _superblock!.Values.Id;
        _headerData = new MediaFile(Loop, dataFile, dataPath, FaultFlush, Options.Health);
        DerCode code = await CheckHeaderAsync(_logFile!, FileHeaderDf.RoleLog);
        code = code.IsSuccess ? await CheckHeaderAsync(_headerData, FileHeaderDf.RoleData) : code;
        if (code.IsError)
        {
            return code;
        }

        DerResult<Arena> arena = Arena.Reserve((ulong)Options.ArenaReserveBytes, ArenaLimit(), Options.OnAllocate);
        if (!arena.IsSuccess)
        {
            return Options.Report.Fail(
                arena.Code, $"No address range of {Options.ArenaReserveBytes} bytes can be reserved. Raise the limit on address space.");
        }

        Arena = arena.Value;
        Arena.TrackPages();
        code = await LoadAsync(id);
        if (code.IsError)
        {
            return code;
        }

        Attach(Arena, _log!, dataFile, dataPath);
        code = OpenContent(out Epoch highest);
        code = code.IsSuccess ? await RaiseClockAsync(highest) : code;
        code = code.IsSuccess ? await FinishAbortsAsync() : code;
        if (code.IsSuccess)
        {
            StartTrimming();
        }

        return code;
    }

    // Within what the roots can name, and not so much more that tables and addresses are wasted on it.
    private ulong ArenaLimit() => (ulong)Math.Min(
        MetaGeometry.ArenaLimitBytesFor(Options.ArenaReserveBytes), MetaGeometry.ArenaBytesOf((long)_superblock!.Values.RootAreaBytes));

    private static unsafe nint AddressOf(NativeSlab slab) => (nint)slab.Address;

    // Checkpoint, then log; then, before anything new is written, what was found is made durable and the generation raised.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> LoadAsync(Guid id)
    {
        DerResult<long> metaBytes = _metaFile!.Length;
        if (!metaBytes.IsSuccess)
        {
            return Options.Report.Fail(metaBytes.Code, $"The size of {_metaFile.Path} cannot be read: {metaBytes.Code.Text}.");
        }

        using var loader = new CheckpointLoader(Loop, _metaFile, Arena, _superblock!, Options.Report);
        _opening.Add(loader);
        DerCode code = await loader.RunAsync(metaBytes.Value);
        if (code.IsError)
        {
            return code;
        }

        var geometry = new LogGeometry(Options.LogBytes, Options.LogBlockBytes, id);
        var generations = new LogGenerations(_superblock!.Values.Generation, _superblock.Values.GenerationStart);
        CheckpointRootDf root = loader.Root;
        bool isClean = (root.Flags & CheckpointRootDf.FlagClean) != 0 && root.Generation == generations.Current;
        using var replay = new LogReplay(_logFile!, geometry, Arena, Options.Report);
        _opening.Add(replay);
        code = await replay.RunAsync(root.LogStart, root.LogEnd, generations, isClean);
        PersistProbe.Reach(Options.OnPersist, PersistPoint.BeforeFoundFlush);
        code = code.IsSuccess ? await FlushFoundAsync(_logFile!) : code;
        code = code.IsSuccess ? await FlushFoundAsync(_metaFile) : code;
        PersistProbe.Reach(Options.OnPersist, PersistPoint.AfterFoundFlush);
        PersistProbe.Reach(Options.OnPersist, PersistPoint.BeforeGenerationRaise);
        code = code.IsSuccess ? await RaiseGenerationAsync(replay.End, geometry.FileBytes) : code;
        PersistProbe.Reach(Options.OnPersist, PersistPoint.AfterGenerationRaise);
        if (code.IsError)
        {
            return code;
        }

        Recovery = new StoreRecovery(
            loader.Pages, replay.Blocks, (long)(replay.End - root.LogStart), replay.Transactions, replay.WasCut, _superblock.HadBadCopy);
        _log = new LogWriter(
            Loop, Options, geometry, _logFile!.Handle, _superblock.Values.Generation, root.LogStart, replay.End, Fault)
        {
            OnPressure = WantCheckpoint,
        };
        _checkpointer = new Checkpointer(Loop, Arena, _metaFile, _superblock, loader.TakeMap(), root.Sequence)
        {
            OnPersist = Options.OnPersist,
        };
        Arena.Backing = _checkpointer;
        _opening.Clear();
        return _checkpointer.TryBack(Arena.CommittedBytes)
            ? DerCode.Success
            : Options.Report.Fail(DerCode.NoSpace, $"{_metaFile.Path} cannot grow: the file system is full. Make room and open again.");
    }

    // What could be read may still sit in a volatile cache: log blocks that answers will be based on, and the root, which says what of
    // the log may be overwritten. A process that was killed leaves both behind, and a power cut would take them.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> FlushFoundAsync(MediaFile file)
    {
        ValueTask<DerCode> flush = file.FlushAsync();
        file.SubmitFlush();
        DerCode code = await flush;
        return code.IsSuccess ? code : Options.Report.Fail(code, $"{file.Path} cannot be flushed: {code.Text}. Check the device.");
    }

    private DerCode OpenContent(out Epoch highest)
    {
        highest = Epoch.None;
        Arena.LiveBytes = ArenaAllocator.CountLiveBytes(Arena);
        DerCode code = OpenDataSpace();
        if (code.IsError)
        {
            return Options.Report.Fail(code, $"The map of the data file in {Options.Path} is damaged. Restore the store from a copy.");
        }

        OpenTrees(ref code, ref highest);
        return code.IsSuccess || Options.Report.LastError.Length > 0
            ? code
            : Options.Report.Fail(code, $"The containers in {Options.Path} cannot be opened: {code.Text}.");
    }

    private void FaultFlush(DerCode code) => Fault($"a flush failed with {code}");

    // A failed opening: nothing that was attached stays.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask AbandonAsync()
    {
        await WaitIdleAsync();
        _opening.Clear();
        Detach();
        _files!.CloseAll();
        _superblock!.Dispose();
    }
}
