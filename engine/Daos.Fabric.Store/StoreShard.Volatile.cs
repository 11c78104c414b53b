using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store;

/// <summary>Making and ending a shard, the volatile kind and what both kinds share.</summary>
public sealed partial class StoreShard
{
    private static string PathOf(StoreOptions options, string name) => $"{options.Path.TrimEnd('/')}/{name}";

    // Nothing survives: opening a volatile shard makes a new one over whatever an earlier process left.
    private static DerResult<StoreShard> CreateVolatile(OwnerLoop loop, StoreOptions options)
    {
        IReactorFiles files = loop.Reactor.Files;
        DerCode code = files.Exists(options.Path) ? DerCode.Success : files.CreateDirectory(options.Path);
        if (code.IsError)
        {
            return options.Report.Fail(code, $"The directory {options.Path} cannot be created: {code.Text}.");
        }

        string path = PathOf(options, "volatile");
        if (files.Exists(path) && (code = files.Delete(path)).IsError)
        {
            return options.Report.Fail(code, $"The file {path} cannot be removed: {code.Text}.");
        }

        DerResult<int> file = files.Create(path, options.DataBytes, FileAccessMode.Direct);
        if (!file.IsSuccess)
        {
            return options.Report.Fail(file.Code, $"The file {path} of {options.DataBytes} bytes cannot be created: {file.Code.Text}.");
        }

        DerResult<Arena> arena = Arena.Create((ulong)options.ArenaReserveBytes);
        if (!arena.IsSuccess)
        {
            files.Close(file.Value);
            return options.Report.Fail(
                arena.Code, $"No address range of {options.ArenaReserveBytes} bytes can be reserved; lower ArenaReserveBytes.");
        }

        var shard = new StoreShard(loop, options);
        shard.Attach(arena.Value, new VolatileLog(), file.Value, path);
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
            return options.Report.Fail(code, $"The volatile store in {options.Path} cannot be laid out: {code.Text}.");
        }

        return shard;
    }

    private void Attach(Arena arena, TransactionLog log, int dataFile, string dataPath)
    {
        Arena = arena;
        Log = log;
        Transaction = new LocalTransaction(arena, log);
        if (Options.VerifyRanges)
        {
            Transaction.Shadow = new ArenaShadow(arena);
        }

        DataFile = new MediaFile(Loop, dataFile, dataPath, code => Fault($"flushing {dataPath} failed with {code}"));
        Buffers = new MediaBuffers(Loop, Options.MediaBufferCount);
        Loop.BeforeSubmit += _beforeSubmit;
    }

    private DerCode OpenDataSpace()
    {
        DerResult<DataSpace> space = DataSpace.Open(Arena, Log, Options.DataBytes);
        if (space.IsSuccess)
        {
            DataSpace = space.Value;
        }

        return space.Code;
    }

    private void Detach()
    {
        Loop.BeforeSubmit -= _beforeSubmit;
        DataFile.Close();
        Buffers.Dispose();
        Transaction.Shadow?.Dispose();
        Transaction.Dispose();
        Arena.Dispose();
    }
}
