using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Store.Devices;
using Daos.Fabric.Store.Journal;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store;

/// <summary>Growing while in use.</summary>
/// <remarks>
/// Each part becomes larger by one durable write of the superblock, before which nothing uses the new room and after which everything may:
/// <code>
/// arena  superblock                                      more may be carved; addresses were reserved when the shard was opened
/// data   grow file | superblock | one transaction per chunk of the bitmap, then the one that counts them
/// log    grow file, zeros | pause, checkpoint: the log is empty | superblock (size, generation, start) | go on in the larger ring
/// </code>
/// A crash leaves the old size or the new one; a bitmap that had not grown to the end is grown by the next call.
/// </remarks>
public sealed partial class StoreShard
{
    private const int ZeroBytes = 1 << 20;

    private bool _growing;

    /// <summary>
    /// Makes the shard larger while it is in use; durable when the task ends. DER_INVAL: smaller than it is, above what its layout can name, or
    /// not a multiple of 4 KiB; DER_NOSPACE: smaller than what is in use, or the file system is full; DER_BUSY: it is growing already; DER_IO stops
    /// the shard. Nothing has changed then but parts that had grown before the one that failed. A sentence is in the report.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> GrowAsync(ShardGrowth growth)
    {
        Loop.Assert();
        DerCode code = _state.IsError ? _state : _growing ? DerCode.Busy : CheckGrowth(in growth);
        if (code.IsError)
        {
            return code;
        }

        _growing = true;
        _background++;
        AdoptBlobs(growth.Blobs);
        code = growth.ArenaReserveBytes > 0 ? await GrowArenaAsync((ulong)growth.ArenaReserveBytes) : code;
        code = code.IsSuccess && growth.DataBytes > 0 ? await GrowDataAsync(growth.DataBytes) : code;
        code = code.IsSuccess && growth.LogBytes > 0 ? await GrowLogAsync(growth.LogBytes) : code;
        _background--;
        _growing = false;
        return code;
    }

    /// <summary>Whether the shard could be made so large, as <see cref="GrowAsync"/> answers before it begins; the file system is not asked.</summary>
    public DerCode CheckGrow(in ShardGrowth growth)
    {
        Loop.Assert();
        return _state.IsError ? _state : CheckGrowth(in growth);
    }

    // The same blobs with more room, which their device made durable before it gave them here.
    private void AdoptBlobs(RoleBlobs? blobs)
    {
        Adopt(_metaFile, blobs?.Meta);
        Adopt(_logFile, blobs?.Wal);
        Adopt(DataFile, blobs?.Data);

        static void Adopt(MediaFile? file, DeviceBlob? blob)
        {
            if (file is not null && blob is not null)
            {
                file.Handle.Adopt(blob);
            }
        }
    }

    private DerCode CheckGrowth(in ShardGrowth growth)
    {
        long log = _log?.Geometry.RingBytes ?? 0;
        DerCode code = CheckPart("arena", growth.ArenaReserveBytes, (long)Arena.CapacityBytes, (long)Arena.UsedBytes, (long)Arena.LimitBytes);
        code = code.IsSuccess ? CheckPart("data", growth.DataBytes, DataSpace.TotalBytes, DataSpace.TotalBytes - DataSpace.FreeBytes, DataSpace.LimitBytes) : code;
        return code.IsSuccess ? CheckPart("log", growth.LogBytes, log, _log?.UsedBytes ?? 0, _log is null ? 0 : StoreOptions.LogBytesMax) : code;
    }

    private DerCode CheckPart(string part, long wanted, long now, long used, long most)
    {
        string? wrong = wanted == 0 || wanted == now ? null
            : wanted < 0 || wanted % 4096 != 0 ? $"{wanted} bytes are no multiple of 4096"
            : wanted < now ? $"it has {now} bytes, of which {used} are in use, and a shard does not shrink"
            : wanted > most ? $"at most {most} bytes are possible"
            : null;
        return wrong is null
            ? DerCode.Success
            : Options.Report.Fail(
                wanted >= 0 && wanted < used ? DerCode.NoSpace : DerCode.Invalid, $"The {part} of {Options.Path} cannot be {wanted} bytes: {wrong}.");
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> GrowArenaAsync(ulong bytes)
    {
        DerCode code = DerCode.Success;
        if (_superblock is not null && bytes > _superblock.Values.ArenaReserveBytes)
        {
            _superblock.Values.ArenaReserveBytes = bytes;
            code = await WriteSizesAsync();
        }

        if (code.IsSuccess)
        {
            Arena.RaiseCapacity(bytes);
            if (Transaction.Shadow is { } shadow)
            {
                shadow.Dispose();
                Transaction.Shadow = new ArenaShadow(Arena);
            }
        }

        return code;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> GrowDataAsync(long bytes)
    {
        DerCode code = GrowFile(DataFile, bytes);
        if (code.IsSuccess && _superblock is not null && (ulong)bytes > _superblock.Values.DataBytes)
        {
            _superblock.Values.DataBytes = (ulong)bytes;
            code = await WriteSizesAsync();
        }

        bool isDone = false;
        while (code.IsSuccess && !isDone)
        {
            code = await AdmitAsync();
            code = code.IsSuccess ? DataSpace.GrowStep(Transaction, bytes, out isDone) : code;
            code = code == DerCode.Again ? DerCode.Success : code;
        }

        code = code.IsSuccess ? await WaitStableAsync(AppendedPosition) : code;
        return code != DerCode.NoSpace
            ? code
            : Options.Report.Fail(code, $"The data of {Options.Path} cannot be {bytes} bytes: file system or arena has no room. It stays at {DataSpace.TotalBytes}.");
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> GrowLogAsync(long bytes)
    {
        LogGeometry old = _log!.Geometry;
        if (bytes == old.RingBytes)
        {
            return DerCode.Success;
        }

        var geometry = new LogGeometry(bytes, old.BlockBytesMax, _superblock!.Values.Id);
        DerCode code = GrowFile(_logFile!, geometry.FileBytes);
        code = code.IsSuccess ? await ZeroLogAsync(old.FileBytes, geometry.FileBytes) : code;
        if (code.IsError)
        {
            return Options.Report.Fail(code, $"The log of {Options.Path} cannot be {bytes} bytes: {code.Text}. It stays at {old.RingBytes}.");
        }

        while (_checkpointing)
        {
            await ShardPause.WaitAsync(Loop);
        }

        _checkpointing = true;
        _log.Pause();
        code = await _log.WaitStableAsync(_log.Appended);
        code = code.IsSuccess ? await CheckpointAsync(isClean: false) : code;
        if (code.IsSuccess)
        {
            _superblock.Values.LogRingBytes = (ulong)bytes;
            code = await RaiseGenerationAsync(_log.Stable.Value, geometry.FileBytes);
            if (code.IsError)
            {
                Fault($"the new generation could not be written: {code}");
                code = _state;
            }
        }

        if (code.IsSuccess)
        {
            _log.Adopt(geometry, _superblock.Values.Generation);
        }

        _log.Resume();
        _checkpointing = false;
        return code;
    }

    // Which of the sizes will be found later is not known when this fails.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WriteSizesAsync()
    {
        DerCode code = await _superblock!.WriteAsync(_metaFile!);
        if (code.IsError)
        {
            Fault($"the superblock in {_metaFile!.Path} could not be written: {code}");
            return _state;
        }

        return code;
    }

    private static DerCode GrowFile(MediaFile file, long bytes)
    {
        DerResult<long> length = file.Length;
        return !length.IsSuccess ? length.Code : length.Value >= bytes ? DerCode.Success : file.Grow(bytes);
    }

    // Blocks that were written once are overwritten in place later. Behind the old end nobody reads yet, so the log goes on meanwhile.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> ZeroLogAsync(long fromBytes, long toBytes)
    {
        using var zeros = new NativeSlab(ZeroBytes);
        for (long offset = fromBytes; offset < toBytes; offset += ZeroBytes)
        {
            DerCode code = await _logFile!.WriteAsync(AddressOf(zeros), (int)Math.Min(ZeroBytes, toBytes - offset), offset);
            if (code.IsError)
            {
                return code;
            }
        }

        return await _logFile!.FlushAsync();
    }
}
