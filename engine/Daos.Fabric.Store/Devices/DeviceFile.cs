using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Devices;

/// <summary>A device, or a file that is used whole, opened for its own tables: exclusively, with the lock. Start-up and shutdown only.</summary>
internal sealed class DeviceFile
{
    private readonly StoreFiles _files;

    private DeviceFile(StoreFiles files, MediaFile media)
    {
        _files = files;
        Media = media;
    }

    internal MediaFile Media { get; }

    /// <summary>
    /// DER_NONEXIST, DER_BUSY (mounted, or in use by another process), DER_NO_PERM, with a sentence. Waits for the last writes of a process that was
    /// killed. Owner thread.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerResult<DeviceFile>> OpenAsync(OwnerLoop loop, string path, FileAccessMode mode, DeviceHealth? health, StoreReport report)
    {
        IReactorFiles machine = loop.Reactor.Files;
        if (machine.KindOf(path) is not (PathKind.File or PathKind.Device))
        {
            DerCode code = machine.Exists(path) ? DerCode.Invalid : DerCode.Nonexist;
            return report.Fail(code, code == DerCode.Nonexist
                ? $"{path} does not exist. Check the path, and whether the device is plugged in."
                : $"{path} is neither a block device nor a file.");
        }

        var files = new StoreFiles(machine, path, new RolePaths(), report, blobs: null, mode);
        DerResult<MediaHandle> handle = await files.OpenAsync(loop, files.Data);
        return handle.IsSuccess
            ? new DeviceFile(files, new MediaFile(loop, handle.Value, path, static _ => { }, health))
            : handle.Code;
    }

    /// <summary>Makes durable what was written before. The caller is the only one who flushes.</summary>
    internal ValueTask<DerCode> FlushAsync()
    {
        ValueTask<DerCode> flush = Media.FlushAsync();
        Media.SubmitFlush();
        return flush;
    }

    /// <summary>Nothing may be under way, of the blobs neither.</summary>
    internal void Close() => _files.CloseAll();
}
