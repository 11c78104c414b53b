namespace Daos.Fabric.Reactor.Simulated;

/// <summary>The file system of a simulated node. Owned by the simulator's thread.</summary>
internal sealed class SimulatedFiles(SimulatedNode node) : IReactorFiles
{
    private SortedDictionary<string, SimulatedFile?> Entries => node.Disk.Entries;

    public bool Exists(string path) => IsRoot(Trim(path)) || Entries.ContainsKey(Trim(path));

    public DerCode CreateDirectory(string path)
    {
        path = Trim(path);
        if (IsRoot(path))
        {
            return DerCode.Success;
        }

        if (Entries.TryGetValue(path, out SimulatedFile? file))
        {
            return file is null ? DerCode.Success : DerCode.NotDirectory;
        }

        DerCode code = CreateDirectory(ParentOf(path));
        if (code.IsSuccess)
        {
            Entries.Add(path, null);
        }

        return code;
    }

    public DerResult<IReadOnlyList<string>> List(string directory)
    {
        directory = Trim(directory);
        DerCode code = CheckDirectory(directory);
        if (code.IsError)
        {
            return code;
        }

        return Entries.Keys.Where(p => ParentOf(p) == directory).Select(NameOf).ToArray();
    }

    public DerResult<int> Create(string path, long lengthBytes, FileAccessMode mode)
    {
        path = Trim(path);
        DerCode code = CheckDirectory(ParentOf(path));
        if (code.IsSuccess)
        {
            code = Exists(path) ? DerCode.Exists : node.Disk.HasRoom(lengthBytes) ? DerCode.Success : DerCode.NoSpace;
        }

        if (code.IsError)
        {
            return code;
        }

        var file = new SimulatedFile(lengthBytes);
        Entries.Add(path, file);
        return node.Disk.Open(file, mode);
    }

    public DerResult<int> Open(string path, FileAccessMode mode)
    {
        path = Trim(path);
        if (!Exists(path))
        {
            return DerCode.Nonexist;
        }

        return !IsRoot(path) && Entries[path] is { } file ? node.Disk.Open(file, mode) : DerCode.Invalid;
    }

    public DerResult<long> Length(int file) => node.Disk.FindOpen(file).File.LengthBytes;

    public DerCode Grow(int file, long lengthBytes)
    {
        SimulatedFile open = node.Disk.FindOpen(file).File;
        if (!node.Disk.HasRoom(lengthBytes - open.LengthBytes))
        {
            return DerCode.NoSpace;
        }

        open.Grow(lengthBytes);
        return DerCode.Success;
    }

    public DerCode Delete(string path)
    {
        path = Trim(path);
        if (!Exists(path))
        {
            return DerCode.Nonexist;
        }

        string below = path + "/";
        foreach (string entry in Entries.Keys.Where(p => p == path || p.StartsWith(below, StringComparison.Ordinal)).ToArray())
        {
            Entries.Remove(entry);
        }

        return DerCode.Success;
    }

    public DerCode Lock(int file)
    {
        SimulatedFile open = node.Disk.FindOpen(file).File;
        if (open.LockedBy >= 0 && open.LockedBy != file)
        {
            return DerCode.Busy;
        }

        open.LockedBy = file;
        return DerCode.Success;
    }

    public void Close(int file) => node.Disk.Close(file);

    private static string Trim(string path) => path.Length > 1 ? path.TrimEnd('/') : path;

    private static bool IsRoot(string path) => path is "" or "/" or ".";

    private static string ParentOf(string path)
    {
        int slash = path.LastIndexOf('/');
        return slash > 0 ? path[..slash] : slash == 0 ? "/" : "";
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private DerCode CheckDirectory(string path)
    {
        if (IsRoot(path))
        {
            return DerCode.Success;
        }

        return !Entries.TryGetValue(path, out SimulatedFile? file) ? DerCode.Nonexist
            : file is null ? DerCode.Success
            : DerCode.NotDirectory;
    }
}
