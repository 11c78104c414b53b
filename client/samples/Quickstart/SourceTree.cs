namespace Daos.Fabric.Samples.Quickstart;

/// <summary>
/// The files below a directory. Links are not followed. Pipes, sockets and devices have no length: they are kept as names without contents
/// and never opened.
/// </summary>
internal sealed class SourceTree
{
    private SourceTree(string root, List<SourceFile> files, int skipped)
    {
        Root = root;
        Files = files;
        TotalBytes = files.Sum(static file => file.LengthBytes);
        SkippedText = skipped == 0 ? "" : $", {skipped} links left out";
    }

    public string Root { get; }

    public IReadOnlyList<SourceFile> Files { get; }

    public long TotalBytes { get; }

    public string SkippedText { get; }

    /// <summary>Reads names and lengths.</summary>
    /// <exception cref="IOException">The directory does not exist, or a directory or file in it cannot be read.</exception>
    public static SourceTree Read(string path)
    {
        string root = Path.GetFullPath(path);
        if (!Directory.Exists(root))
        {
            throw new IOException(File.Exists(root) ? $"'{path}' is a file; name a directory" : $"the directory '{path}' does not exist");
        }

        var files = new List<SourceFile>();
        int skipped = 0;
        var pending = new Stack<DirectoryInfo>([new DirectoryInfo(root)]);
        while (pending.TryPop(out DirectoryInfo? directory))
        {
            FileSystemInfo[] entries;
            try
            {
                entries = directory.GetFileSystemInfos();
            }
            catch (UnauthorizedAccessException)
            {
                throw new IOException($"the directory '{directory.FullName}' cannot be read by {Environment.UserName}");
            }

            foreach (FileSystemInfo entry in entries)
            {
                if (entry.LinkTarget is not null)
                {
                    skipped++;
                }
                else if (entry is DirectoryInfo child)
                {
                    pending.Push(child);
                }
                else
                {
                    string name = Path.GetRelativePath(root, entry.FullName).Replace(Path.DirectorySeparatorChar, '/');
                    files.Add(new SourceFile(name, entry.FullName, ((FileInfo)entry).Length));
                }
            }
        }

        files.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new SourceTree(root, files, skipped);
    }
}
