namespace Daos.Fabric.Reactor.Simulated;

/// <summary>The file system of a simulated node. Owned by the simulator's thread.</summary>
internal sealed class SimulatedFiles(SimulatedNode node) : IReactorFiles
{
    private SortedDictionary<string, SimulatedFile?> Entries => node.Disk.Entries;

    public bool Exists(string path) => IsRoot(Trim(path)) || Entries.ContainsKey(Trim(path));

    public PathKind KindOf(string path)
    {
        path = Trim(path);
        return IsRoot(path) ? PathKind.Directory
            : !Entries.TryGetValue(path, out SimulatedFile? file) ? PathKind.Nothing
            : file is null ? PathKind.Directory
            : file.IsDevice ? PathKind.Device
            : PathKind.File;
    }

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
        code = code.IsSuccess ? node.Disk.DrawCall(path, allocates: true) : code;
        if (code.IsSuccess)
        {
            Entries.Add(path, null);
            node.Disk.RecordCall("create directory", path, 0);
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

        code = code.IsSuccess ? node.Disk.DrawCall(path, allocates: true) : code;
        if (code.IsError)
        {
            return code;
        }

        var file = new SimulatedFile(lengthBytes);
        Entries.Add(path, file);
        node.Disk.RecordCall("create", path, lengthBytes);
        return node.Disk.Open(file, mode, path);
    }

    public DerResult<int> Open(string path, FileAccessMode mode)
    {
        path = Trim(path);
        if (!Exists(path))
        {
            return DerCode.Nonexist;
        }

        if (IsRoot(path) || Entries[path] is not { } file)
        {
            return DerCode.Invalid;
        }

        DerCode code = node.Disk.DrawCall(path, allocates: false);
        return code.IsSuccess ? node.Disk.Open(file, mode, path) : code;
    }

    public DerResult<long> Length(int file)
    {
        SimulatedOpenFile open = node.Disk.FindOpen(file);
        DerCode code = node.Disk.DrawCall(open.Path, allocates: false);
        return code.IsSuccess ? open.File.LengthBytes : code;
    }

    public DerCode Grow(int file, long lengthBytes)
    {
        SimulatedOpenFile open = node.Disk.FindOpen(file);
        if (open.File.IsDevice ? lengthBytes > open.File.LengthBytes : !node.Disk.HasRoom(lengthBytes - open.File.LengthBytes))
        {
            return DerCode.NoSpace;
        }

        DerCode code = node.Disk.DrawCall(open.Path, allocates: true);
        if (code.IsSuccess)
        {
            open.File.Grow(lengthBytes);
            node.Disk.RecordCall("grow", open.Path, lengthBytes);
        }

        return code;
    }

    public DerCode Delete(string path)
    {
        path = Trim(path);
        if (!Exists(path))
        {
            return DerCode.Nonexist;
        }

        DerCode code = node.Disk.DrawCall(path, allocates: false);
        if (code.IsError)
        {
            return code;
        }

        string below = path + "/";
        foreach (string entry in Entries.Keys.Where(p => p == path || p.StartsWith(below, StringComparison.Ordinal)).ToArray())
        {
            Entries.Remove(entry);
        }

        node.Disk.RecordCall("delete", path, 0);
        return DerCode.Success;
    }

    public DerCode Lock(int file)
    {
        SimulatedOpenFile open = node.Disk.FindOpen(file);
        if (open.File.LockedBy >= 0 && open.File.LockedBy != file)
        {
            return DerCode.Busy;
        }

        DerCode code = node.Disk.DrawCall(open.Path, allocates: false);
        if (code.IsSuccess)
        {
            open.File.LockedBy = file;
        }

        return code;
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
