namespace Daos.Fabric.Bench.Engines;

/// <summary>A directory that the user named, or a temporary one that is removed at the end. Owned by whoever made it.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    private readonly bool _temporary;

    internal ScratchDirectory(string? named)
    {
        _temporary = named is null;
        Path = named ?? Directory.CreateTempSubdirectory("dfio-").FullName;
    }

    internal string Path { get; }

    public void Dispose()
    {
        if (_temporary)
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
