using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store;

/// <summary>Creation, opening and closing.</summary>
public sealed partial class StoreShard
{
    /// <summary>
    /// Formats the directory of the options and opens it. DER_EXIST when there is a store already; DER_NOSPACE, DER_NO_PERM, DER_IO with
    /// a sentence in <see cref="StoreOptions.Report"/>.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerResult<StoreShard>> CreateAsync(OwnerLoop loop, StoreOptions options)
    {
        loop.Assert();
        options.Validate();
        if (options.IsVolatile)
        {
            return CreateVolatile(loop, options);
        }

        DerCode code = await FormatAsync(loop, options);
        return code.IsSuccess ? await RecoverAsync(loop, options) : code;
    }

    /// <summary>
    /// Opens a formatted directory: superblock, checkpoint, log, then the clock is raised above everything stored. DER_NONEXIST,
    /// DER_BUSY (another process has it), DER_DF_INCOMPT (a newer format), DER_DF_INVAL (not a store, or damaged), DER_IO, with a sentence
    /// in <see cref="StoreOptions.Report"/>. A refusal changes nothing on media.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerResult<StoreShard>> OpenAsync(OwnerLoop loop, StoreOptions options)
    {
        loop.Assert();
        options.Validate();
        return options.IsVolatile ? CreateVolatile(loop, options) : await RecoverAsync(loop, options);
    }

    /// <summary>
    /// Ends the shard: waits for what is under way, writes a last checkpoint, closes the files. No call may be under way or follow.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask CloseAsync()
    {
        Loop.Assert();
        _timer?.Stop();
        _trimTimer?.Stop();
        await StopScrubAsync();
        CloseTrees();
        bool healthy = _state.IsSuccess;
        if (healthy)
        {
            _state = DerCode.Shutdown;
        }

        await WaitIdleAsync();
        if (healthy && _log is not null)
        {
            await CloseLogAsync();
        }

        Log.Stop(_state);
        await WaitIdleAsync();
        Detach();
        _files!.CloseAll();
        _superblock?.Dispose();
    }

    /// <summary>The same as <see cref="CloseAsync"/>.</summary>
    public ValueTask DisposeAsync() => CloseAsync();

    // After a clean end the clock need not start ahead of time: what was given out is known exactly.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask CloseLogAsync()
    {
        DerCode code = CommitCeiling(Hlc.Last, out _);
        while (code == DerCode.Again)
        {
            await ShardPause.WaitAsync(Loop);
            code = CommitCeiling(Hlc.Last, out _);
        }

        _log!.Refuse(DerCode.Shutdown);
        PersistProbe.Reach(Options.OnPersist, PersistPoint.BeforeCleanEnd);
        await CheckpointAsync(isClean: true);
        PersistProbe.Reach(Options.OnPersist, PersistPoint.AfterCleanEnd);
    }
}
