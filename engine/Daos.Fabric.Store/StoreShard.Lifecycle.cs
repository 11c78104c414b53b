using Daos.Fabric.Reactor;

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
        options.Validate();
        if (options.IsVolatile)
        {
            return CreateVolatile(loop, options);
        }

        await default(ValueTask);
        return DerCode.NoSys;
    }

    /// <summary>
    /// Opens a formatted directory: superblock, checkpoint, log, then the clock is raised above everything stored. DER_NONEXIST,
    /// DER_BUSY (another process has it), DER_DF_INCOMPT (a newer format), DER_DF_INVAL (not a store, or damaged), DER_IO, with a sentence
    /// in <see cref="StoreOptions.Report"/>.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerResult<StoreShard>> OpenAsync(OwnerLoop loop, StoreOptions options)
    {
        options.Validate();
        if (options.IsVolatile)
        {
            return CreateVolatile(loop, options);
        }

        await default(ValueTask);
        return DerCode.NoSys;
    }

    /// <summary>
    /// Ends the shard: waits for what is under way, writes a last checkpoint, closes the files. No call may be under way or follow.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask CloseAsync()
    {
        CloseTrees();
        if (_state.IsSuccess)
        {
            _state = DerCode.Shutdown;
        }

        while (DataFile.IsBusy)
        {
            await DataFile.FlushAsync();
        }

        Log.Stop(_state);
        Detach();
    }
}
