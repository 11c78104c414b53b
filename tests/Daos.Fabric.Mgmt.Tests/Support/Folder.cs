namespace Daos.Fabric.Mgmt.Tests.Support;

/// <summary>A directory of one test, gone after it.</summary>
internal sealed class Folder : IDisposable
{
    internal Folder() => Path = Directory.CreateTempSubdirectory("daos-mgmt-").FullName;

    internal string Path { get; }

    internal string Write(string name, string text)
    {
        string path = $"{Path}/{name}";
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
