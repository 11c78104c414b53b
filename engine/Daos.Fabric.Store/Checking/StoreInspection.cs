using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Checkpoint;
using Daos.Fabric.Store.Devices;
using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Journal;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Checking;

/// <summary>
/// A store opened for looking: everything is read and verified in memory, as recovery does it, and nothing is written. The files are
/// locked, so that no engine works on them meanwhile. Owned by one owner thread.
/// </summary>
public sealed class StoreInspection : IDisposable
{
    private readonly OwnerLoop _loop;
    private readonly StoreFiles _files;
    private readonly StoreReport _sentence;
    private readonly Superblock _superblock = new();
    private MediaFile _meta = null!;
    private MediaFile _log = null!;
    private MediaFile _data = null!;
    private Arena? _arena;
    private LogReplay? _replay;
    private CheckpointRootDf _root;

    private StoreInspection(OwnerLoop loop, StoreFiles files, StoreReport sentence)
    {
        _loop = loop;
        _files = files;
        _sentence = sentence;
    }

    /// <summary>Findings so far, and what was looked at.</summary>
    public CheckReport Report { get; } = new();

    /// <summary>True when checkpoint and log gave an arena that can be walked.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>
    /// Opens files and superblock, verifies headers, checkpoint and log. DER_NONEXIST, DER_BUSY, DER_DF_INVAL and DER_DF_INCOMPT when there
    /// is nothing to look at, with the sentence in the report; damage further in is a finding.
    /// </summary>
    /// <param name="loop">Owner.</param>
    /// <param name="directory">The store's directory.</param>
    /// <param name="sentence">Where the sentence of a refusal is left.</param>
    /// <param name="roles">Where log, metadata and data lie when they do not lie together.</param>
    /// <param name="blobs">Blobs of open devices that they lie in instead, or null.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerResult<StoreInspection>> OpenAsync(
        OwnerLoop loop, string directory, StoreReport sentence, RolePaths? roles = null, RoleBlobs? blobs = null)
    {
        loop.Assert();
        var files = new StoreFiles(loop.Reactor.Files, directory, roles ?? new RolePaths(), sentence, blobs, FileAccessMode.ReadOnly);
        var inspection = new StoreInspection(loop, files, sentence);
        DerCode code = await inspection.OpenFilesAsync();
        if (code.IsError)
        {
            inspection.Dispose();
            return code;
        }

        await inspection.LoadAsync();
        return inspection;
    }

    /// <summary>Walks everything: allocator, trees, keys, values, results, free blocks; with checksums of all values when asked for.</summary>
    /// <param name="visitor">Told of everything, or null.</param>
    /// <param name="verifiesValues">Reads every value and compares it with its checksums.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask WalkAsync(IStoreVisitor? visitor, bool verifiesValues)
    {
        if (!IsLoaded)
        {
            return;
        }

        List<CheckedValue> values = WalkArena(visitor);
        if (verifiesValues)
        {
            using var verifier = new ValueVerifier(_arena!, _data, Report);
            foreach (CheckedValue value in values)
            {
                await verifier.VerifyAsync(value);
            }
        }
    }

    /// <summary>Superblock, checkpoint and log in lines of "name value".</summary>
    public unsafe IReadOnlyList<(string Name, string Value)> Summary()
    {
        SuperblockDf values = _superblock.Values;
        List<(string, string)> lines =
        [
            ("store", $"{values.Id}"),
            ("format version", $"{values.Version}"),
            ("superblock sequence", $"{values.Sequence}"),
            ("generation", $"{values.Generation}, from log position {values.GenerationStart}"),
            ("log", $"{values.LogRingBytes} bytes in blocks of at most {values.LogBlockBytes}"),
            ("data", $"{values.DataBytes} bytes"),
            ("arena", $"at most {values.ArenaReserveBytes} bytes"),
            ("checkpoint", $"sequence {_root.Sequence}, {_root.ArenaPages} pages, {((_root.Flags & CheckpointRootDf.FlagClean) != 0 ? "clean" : "not clean")}"),
            ("checkpoint's log", $"start {_root.LogStart}, end {_root.LogEnd}"),
        ];
        if (_replay is not null)
        {
            lines.Add(("log replayed", $"{_replay.Blocks} blocks, {_replay.Transactions} transactions, end {_replay.End}{(_replay.WasCut ? ", unacknowledged tail behind it" : "")}"));
        }

        if (IsLoaded)
        {
            lines.Add(("arena in slabs", $"{_arena!.UsedBytes} bytes"));
            lines.Add(("clock ceiling", $"{_arena.Header->HlcCeiling}"));
        }

        return lines;
    }

    /// <summary>Reads the log's blocks in the order of the ring and hands each on; damaged places are passed over. DER_IO.</summary>
    /// <param name="visit">Told of every block head with a known magic number.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> ReadLogAsync(Action<LoggedBlock> visit)
    {
        var geometry = new LogGeometry((long)_superblock.Values.LogRingBytes, (int)_superblock.Values.LogBlockBytes, _superblock.Values.Id);
        using var block = new NativeSlab(geometry.BlockBytesMax);
        for (long at = 0; at < geometry.RingBytes;)
        {
            DerCode code = await _log.ReadAsync(AddressOf(block), geometry.BlockBytesMax, LogGeometry.RingOffset + at);
            if (code.IsError)
            {
                return _sentence.Fail(code, $"{_log.Path} cannot be read at {LogGeometry.RingOffset + at}: {code.Text}.");
            }

            at += Look(block, geometry, LogGeometry.RingOffset + at, visit);
        }

        return DerCode.Success;
    }

    /// <summary>Closes the files and frees the memory.</summary>
    public void Dispose()
    {
        _files.CloseAll();
        _replay?.Dispose();
        _arena?.Dispose();
        _superblock.Dispose();
    }

    private static unsafe nint AddressOf(NativeSlab slab) => (nint)slab.Address;

    private unsafe long Look(NativeSlab slab, LogGeometry geometry, long offset, Action<LoggedBlock> visit)
    {
        var head = (LogBlockDf*)slab.Address;
        if (head->Magic != LogBlockDf.MagicValue || !geometry.HasShape(head))
        {
            return LogBlockDf.AlignBytes;
        }

        bool isGood = geometry.OffsetOf(head->Position) == offset && head->Checksum == geometry.ChecksumOf(head);
        bool isNeeded = isGood && _replay is not null && head->Position >= _root.LogStart && head->Position < _replay.End;
        bool continues = (head->Flags & LogBlockDf.FlagContinues) != 0;
        visit(new LoggedBlock(
            head->Position, offset, head->Generation, head->Stable, head->BlockBytes, head->PayloadBytes, continues, isGood, isNeeded));
        return isGood ? head->BlockBytes : LogBlockDf.AlignBytes;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> OpenFilesAsync()
    {
        DerResult<MediaHandle> meta = _files.Open(_files.Meta);
        DerResult<MediaHandle> log = meta.IsSuccess ? _files.Open(_files.Log) : meta;
        DerResult<MediaHandle> data = log.IsSuccess ? _files.Open(_files.Data) : log;
        if (!data.IsSuccess)
        {
            return data.Code;
        }

        _meta = new MediaFile(_loop, meta.Value, _files.Meta.Path, _ => { });
        _log = new MediaFile(_loop, log.Value, _files.Log.Path, _ => { });
        _data = new MediaFile(_loop, data.Value, _files.Data.Path, _ => { });
        return await _superblock.ReadAsync(_meta, _sentence);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask LoadAsync()
    {
        if (_superblock.HadBadCopy)
        {
            Report.Warn(_meta.Path, "one of the two superblock copies is damaged; the next opening writes it again");
        }

        await CheckHeaderAsync(_log, FileHeaderDf.RoleLog);
        await CheckHeaderAsync(_data, FileHeaderDf.RoleData);
        using var verifier = new CheckpointVerifier(_meta, _superblock, Report);
        bool isWhole = await verifier.RunAsync();
        _root = verifier.Newest >= 0 ? verifier.Root(verifier.Newest) : default;
        IsLoaded = isWhole && await LoadArenaAsync();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask CheckHeaderAsync(MediaFile file, uint role)
    {
        using var block = new NativeSlab(FileHeaderDf.BlockBytes);
        DerCode code = await file.ReadAsync(AddressOf(block), FileHeaderDf.BlockBytes, 0);
        string? complaint = code.IsError ? $"its header cannot be read: {code.Text}" : ComplaintAbout(block, role);
        if (complaint is not null)
        {
            Report.Damage(file.Path, complaint);
        }
    }

    private unsafe string? ComplaintAbout(NativeSlab block, uint role) =>
        FileHeaderCheck.Complaint(block.Address, role, in _superblock.Values, _meta.Path);

    // The very code of recovery, which writes nothing up to here.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<bool> LoadArenaAsync()
    {
        SuperblockDf values = _superblock.Values;
        DerResult<Arena> arena = Arena.Reserve(values.ArenaReserveBytes);
        DerResult<long> metaBytes = _meta.Length;
        if (!arena.IsSuccess || !metaBytes.IsSuccess)
        {
            Report.Damage(_meta.Path, "its size cannot be read, or there is no address space for its metadata");
            return false;
        }

        _arena = arena.Value;
        using var loader = new CheckpointLoader(_loop, _meta, _arena, _superblock, _sentence);
        DerCode code = await loader.RunAsync(metaBytes.Value);
        if (code.IsSuccess)
        {
            var geometry = new LogGeometry((long)values.LogRingBytes, (int)values.LogBlockBytes, values.Id);
            bool isClean = (_root.Flags & CheckpointRootDf.FlagClean) != 0 && _root.Generation == values.Generation;
            _replay = new LogReplay(_log, geometry, _arena, _sentence);
            code = await _replay.RunAsync(
                _root.LogStart, _root.LogEnd, new LogGenerations(values.Generation, values.GenerationStart), isClean);
            Report.Count("log blocks", _replay.Blocks);
            Report.Count("log transactions", _replay.Transactions);
        }

        if (code.IsError)
        {
            Report.Damage("recovery", _sentence.LastError);
        }

        return code.IsSuccess;
    }

    private List<CheckedValue> WalkArena(IStoreVisitor? visitor)
    {
        var allocations = new AllocationMap(_arena!, Report);
        var blocks = new BlockMap(_arena!, allocations, Report);
        var walker = new StoreWalker(_arena!, allocations, blocks, Report, visitor);
        try
        {
            allocations.Build();
            if (blocks.Build((long)_superblock.Values.DataBytes))
            {
                walker.Run();
                allocations.FindLeaks();
                blocks.FindLeaks();
            }
        }
        catch (InvariantException exception)
        {
            Report.Damage("arena", $"it cannot be followed: {exception.Message}");
        }

        return walker.Values;
    }
}
