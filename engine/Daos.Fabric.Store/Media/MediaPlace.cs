using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Media;

/// <summary>The file or device of one role. Immutable.</summary>
/// <param name="Path">What is opened.</param>
/// <param name="Directory">Where the file is made; null for a file or device that is there already and is used whole.</param>
internal readonly record struct MediaPlace(string Path, string? Directory)
{
    /// <summary>A file or device that is used whole: nobody of this store makes or removes it.</summary>
    internal bool IsWhole => Directory is null;

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
