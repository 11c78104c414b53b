using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store;

/// <summary>The files of a durable shard: names, opening with the lock, closing. Start-up and shutdown only; these calls block.</summary>
internal sealed class StoreFiles(
    IReactorFiles files, string directory, StoreReport report, FileAccessMode mode = FileAccessMode.Direct)
{
    // A process that was killed leaves its last writes to the kernel, and the lock with them; they end within moments.
    private const long LockWaitNs = 5_000_000_000;
    private const long LockPollNs = 5_000_000;

    private readonly List<int> _open = [];

    internal string MetaPath => $"{directory.TrimEnd('/')}/meta";

    internal string LogPath => $"{directory.TrimEnd('/')}/log";

    internal string DataPath => $"{directory.TrimEnd('/')}/data";

    internal string VolatilePath => $"{directory.TrimEnd('/')}/volatile";

    /// <summary>Makes the directory when it is missing, and removes what an earlier volatile shard left in it.</summary>
    internal DerCode PrepareVolatile()
    {
        DerCode code = files.Exists(directory) ? DerCode.Success : files.CreateDirectory(directory);
        if (code.IsError)
        {
            return report.Fail(code, $"The directory {directory} cannot be created: {code.Text}.");
        }

        code = files.Exists(VolatilePath) ? files.Delete(VolatilePath) : DerCode.Success;
        return code.IsSuccess ? code : report.Fail(code, $"The file {VolatilePath} cannot be removed: {code.Text}.");
    }

    /// <summary>Makes the directory when it is missing; DER_EXIST when a store is in it.</summary>
    internal DerCode PrepareDirectory()
    {
        if (files.Exists(MetaPath))
        {
            return report.Fail(
                DerCode.Exists, $"{directory} holds a store already. Open it, or remove the directory to create a new one.");
        }

        DerCode code = files.Exists(directory) ? DerCode.Success : files.CreateDirectory(directory);
        return code.IsSuccess ? code : report.Fail(code, $"The directory {directory} cannot be created: {code.Text}.");
    }

    /// <summary>Creates a file with its blocks and takes its lock.</summary>
    internal DerResult<int> Create(string path, long lengthBytes)
    {
        DerResult<int> file = files.Create(path, lengthBytes, FileAccessMode.Direct);
        return file.IsSuccess
            ? TakeLock(path, file.Value)
            : report.Fail(file.Code, $"The file {path} of {lengthBytes} bytes cannot be created: {file.Code.Text}.");
    }

    /// <summary>Opens a file and takes its lock. The lock lies on this very descriptor, so writes under way keep it too.</summary>
    internal DerResult<int> Open(string path)
    {
        DerResult<int> file = OpenUnlocked(path);
        return file.IsSuccess ? TakeLock(path, file.Value) : file;
    }

    /// <summary>As <see cref="Open"/>, and waits for the writes of a process that was killed. Owner thread.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerResult<int>> OpenAsync(OwnerLoop loop, string path)
    {
        DerResult<int> file = OpenUnlocked(path);
        if (!file.IsSuccess)
        {
            return file;
        }

        DerCode code = files.Lock(file.Value);
        for (long waitedNs = 0; code == DerCode.Busy && waitedNs < LockWaitNs; waitedNs += LockPollNs)
        {
            await ShardPause.WaitAsync(loop, LockPollNs, null);
            code = files.Lock(file.Value);
        }

        return Keep(path, file.Value, code);
    }

    /// <summary>Size of an open file.</summary>
    internal DerResult<long> Length(int file) => files.Length(file);

    /// <summary>Closes what is open, after a failure or at the end. Nothing may be under way.</summary>
    internal void CloseAll()
    {
        foreach (int file in _open)
        {
            files.Close(file);
        }

        _open.Clear();
    }

    /// <summary>Removes the files that a failed creation leaves behind.</summary>
    internal void RemoveAll()
    {
        CloseAll();
        foreach (string path in new[] { MetaPath, LogPath, DataPath })
        {
            // What cannot be removed is found and named by the next creation.
            _ = files.Exists(path) ? files.Delete(path) : DerCode.Success;
        }
    }

    private DerResult<int> OpenUnlocked(string path)
    {
        DerResult<int> file = files.Open(path, mode);
        return file.IsSuccess ? file : report.Fail(
            file.Code,
            file.Code == DerCode.Nonexist
                ? $"There is no store in {directory}: {path} does not exist. Create one, or check the path."
                : $"The file {path} cannot be opened: {file.Code.Text}.");
    }

    private DerResult<int> TakeLock(string path, int file) => Keep(path, file, files.Lock(file));

    private DerResult<int> Keep(string path, int file, DerCode code)
    {
        if (code.IsSuccess)
        {
            _open.Add(file);
            return file;
        }

        files.Close(file);
        return report.Fail(
            code,
            code == DerCode.Busy
                ? $"{path} is in use by another process. Stop it, or choose another directory."
                : $"{path} cannot be locked: {code.Text}.");
    }
}
