using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Devices;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store;

/// <summary>The files and devices of a shard: where they are, opening with the lock, closing. Start-up and shutdown only; these calls block.</summary>
internal sealed class StoreFiles
{
    // A process that was killed leaves its last writes to the kernel, and lock and device with them; they end within moments.
    private const long LockWaitNs = 5_000_000_000;
    private const long LockPollNs = 5_000_000;

    private readonly IReactorFiles _files;
    private readonly string _directory;
    private readonly StoreReport _report;
    private readonly FileAccessMode _mode;
    private readonly List<int> _open = [];
    private readonly List<string> _created = [];

    internal StoreFiles(
        IReactorFiles files, string directory, RolePaths roles, StoreReport report, RoleBlobs? blobs = null, FileAccessMode mode = FileAccessMode.Direct)
    {
        _files = files;
        _directory = directory;
        _report = report;
        _mode = mode;
        Meta = MediaPlace.Of(files, blobs?.Meta, roles.Meta ?? directory, "meta");
        Log = MediaPlace.Of(files, blobs?.Wal, roles.Wal ?? directory, "log");
        Data = MediaPlace.Of(files, blobs?.Data, roles.Data ?? directory, "data");
        Volatile = MediaPlace.Of(files, roles.Data ?? directory, "volatile");
    }

    internal StoreFiles(IReactorFiles files, StoreOptions options)
        : this(files, options.Path, options.Roles, options.Report, options.Blobs)
    {
    }

    internal MediaPlace Meta { get; }

    internal MediaPlace Log { get; }

    internal MediaPlace Data { get; }

    /// <summary>The data of a volatile shard.</summary>
    internal MediaPlace Volatile { get; }

    /// <summary>Makes the directory when it is missing, and removes what an earlier volatile shard left in it.</summary>
    internal DerCode PrepareVolatile()
    {
        if (Volatile.IsWhole)
        {
            return _report.Fail(DerCode.Invalid, $"{Volatile.Path} is no directory: a volatile store keeps its data in a file that it makes.");
        }

        DerCode code = MakeDirectory(Volatile);
        code = code.IsSuccess && _files.Exists(Volatile.Path) ? _files.Delete(Volatile.Path) : code;
        return code.IsSuccess ? code : _report.Fail(code, $"The file {Volatile.Path} cannot be removed: {code.Text}.");
    }

    /// <summary>
    /// Makes the directories that are missing. DER_EXIST: a store is there; DER_INVAL: two roles name one device; or why there is no directory;
    /// with a sentence.
    /// </summary>
    internal DerCode Prepare()
    {
        if (Meta.Path == Log.Path || Log.Path == Data.Path || Data.Path == Meta.Path)
        {
            return _report.Fail(
                DerCode.Invalid, $"Two roles name {(Meta.Path == Data.Path ? Meta.Path : Log.Path)}: a file or device carries one role of one store.");
        }

        if (!Meta.IsWhole && _files.Exists(Meta.Path))
        {
            return _report.Fail(
                DerCode.Exists, $"{Meta.Directory} holds a store already. Open it, or remove the directory to create a new one.");
        }

        DerCode code = MakeDirectory(Meta);
        code = code.IsSuccess ? MakeDirectory(Log) : code;
        return code.IsSuccess ? MakeDirectory(Data) : code;
    }

    /// <summary>Creates a file with its blocks, or opens what is to be used whole and is large enough, and takes its lock.</summary>
    internal DerResult<MediaHandle> Create(MediaPlace place, long lengthBytes)
    {
        if (place.IsWhole)
        {
            return place.Blob is { } blob ? Take(blob, lengthBytes) : TakeWhole(place.Path, lengthBytes);
        }

        DerResult<int> file = _files.Create(place.Path, lengthBytes, FileAccessMode.Direct);
        if (!file.IsSuccess)
        {
            return _report.Fail(
                file.Code,
                file.Code == DerCode.Exists
                    ? $"{place.Path} exists although there is no store's metadata at {Meta.Path}: part of another store, or of a creation that was interrupted. Remove it only if nothing needs it."
                    : $"The file {place.Path} of {lengthBytes} bytes cannot be created: {file.Code.Text}.");
        }

        _created.Add(place.Path);
        return TakeLock(place.Path, file.Value);
    }

    /// <summary>Opens a file and takes its lock. The lock lies on this very descriptor, so writes under way keep it too.</summary>
    internal DerResult<MediaHandle> Open(MediaPlace place)
    {
        if (place.Blob is { } blob)
        {
            return new MediaHandle(blob);
        }

        DerResult<int> file = _files.Open(place.Path, _mode);
        return file.IsSuccess ? TakeLock(place.Path, file.Value) : FailOpen(place, file.Code);
    }

    /// <summary>As <see cref="Open"/>, and waits for the writes of a process that was killed. Owner thread.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerResult<MediaHandle>> OpenAsync(OwnerLoop loop, MediaPlace place)
    {
        if (place.Blob is { } blob)
        {
            return new MediaHandle(blob);
        }

        long waitedNs = 0;
        DerResult<int> file = _files.Open(place.Path, _mode);
        for (; file.Code == DerCode.Busy && waitedNs < LockWaitNs; waitedNs += LockPollNs)
        {
            await ShardPause.WaitAsync(loop, LockPollNs, null);
            file = _files.Open(place.Path, _mode);
        }

        if (!file.IsSuccess)
        {
            return FailOpen(place, file.Code);
        }

        DerCode code = _files.Lock(file.Value);
        for (; code == DerCode.Busy && waitedNs < LockWaitNs; waitedNs += LockPollNs)
        {
            await ShardPause.WaitAsync(loop, LockPollNs, null);
            code = _files.Lock(file.Value);
        }

        return Keep(place.Path, file.Value, code);
    }

    /// <summary>True for a block device, or a part of one.</summary>
    internal bool IsDevice(MediaPlace place) => place.Blob?.IsOnBlockDevice ?? (place.IsWhole && _files.KindOf(place.Path) == PathKind.Device);

    /// <summary>Closes what was opened here, after a failure or at the end; devices of blobs stay open. Nothing may be under way.</summary>
    internal void CloseAll()
    {
        foreach (int file in _open)
        {
            _files.Close(file);
        }

        _open.Clear();
    }

    /// <summary>Removes the files that a failed creation made. What was there before stays.</summary>
    internal void RemoveCreated()
    {
        CloseAll();
        foreach (string path in _created)
        {
            // What cannot be removed is found and named by the next creation.
            _ = _files.Exists(path) ? _files.Delete(path) : DerCode.Success;
        }

        _created.Clear();
    }

    private static string Describe(DerCode code) =>
        code == DerCode.Busy ? $"{code.Text}; it is mounted, or somebody else has it for himself" : code.Text;

    private DerCode MakeDirectory(MediaPlace place)
    {
        if (place.IsWhole || _files.Exists(place.Directory!))
        {
            return DerCode.Success;
        }

        DerCode code = _files.CreateDirectory(place.Directory!);
        return code.IsSuccess ? code : _report.Fail(code, $"The directory {place.Directory} cannot be created: {code.Text}.");
    }

    private DerResult<MediaHandle> Take(DeviceBlob blob, long lengthBytes) => lengthBytes <= blob.LengthBytes
        ? new MediaHandle(blob)
        : _report.Fail(DerCode.NoSpace, $"{blob} has {blob.LengthBytes} bytes, and this role needs {lengthBytes}.");

    private DerResult<MediaHandle> TakeWhole(string path, long lengthBytes)
    {
        DerResult<int> file = _files.Open(path, FileAccessMode.Direct);
        if (!file.IsSuccess)
        {
            return _report.Fail(file.Code, $"{path} cannot be opened: {Describe(file.Code)}.");
        }

        DerResult<MediaHandle> locked = TakeLock(path, file.Value);
        DerCode code = locked.IsSuccess ? _files.Grow(file.Value, lengthBytes) : DerCode.Success;
        return code.IsSuccess
            ? locked
            : _report.Fail(code, $"{path} cannot hold {lengthBytes} bytes, which this role needs: {code.Text}.");
    }

    private DerResult<MediaHandle> FailOpen(MediaPlace place, DerCode code) => _report.Fail(
        code,
        code == DerCode.Nonexist
            ? $"There is no store in {_directory}: {place.Path} does not exist. Create one, or check the path."
            : $"The file {place.Path} cannot be opened: {Describe(code)}.");

    private DerResult<MediaHandle> TakeLock(string path, int file) => Keep(path, file, _files.Lock(file));

    private DerResult<MediaHandle> Keep(string path, int file, DerCode code)
    {
        if (code.IsSuccess)
        {
            _open.Add(file);
            return new MediaHandle(file);
        }

        _files.Close(file);
        return _report.Fail(
            code,
            code == DerCode.Busy
                ? $"{path} is in use by another process. Stop it, or choose another directory."
                : $"{path} cannot be locked: {code.Text}.");
    }
}
