using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Store.Media;

/// <summary>The file or device of one role. Immutable.</summary>
/// <param name="Path">What is opened.</param>
/// <param name="Directory">Where the file is made; null for a file, device or blob that is there already and is used whole.</param>
/// <param name="Blob">A blob of a device that somebody else opened; or null.</param>
internal readonly record struct MediaPlace(string Path, string? Directory, DeviceBlob? Blob = null)
{
    /// <summary>A file or device that is used whole: nobody of this store makes or removes it.</summary>
    internal bool IsWhole => Directory is null;

    /// <summary>A file or device of which nobody knows what it holds before it is formatted. A blob holds nothing that anybody needs.</summary>
    internal bool IsTaken => IsWhole && Blob is null;

    /// <summary>A blob, or what a path means.</summary>
    internal static MediaPlace Of(IReactorFiles files, DeviceBlob? blob, string path, string name) =>
        blob is null ? Of(files, path, name) : new MediaPlace(blob.ToString(), null, blob);

    /// <summary>What a path given for a role means on this machine now.</summary>
    /// <param name="files">The machine's files.</param>
    /// <param name="path">A directory, which need not exist, or a file or device.</param>
    /// <param name="name">Name of the file in a directory.</param>
    internal static MediaPlace Of(IReactorFiles files, string path, string name)
    {
        path = path.Length > 1 ? path.TrimEnd('/') : path;
        return files.KindOf(path) is PathKind.File or PathKind.Device
            ? new MediaPlace(path, null)
            : new MediaPlace($"{path}/{name}", path);
    }
}
