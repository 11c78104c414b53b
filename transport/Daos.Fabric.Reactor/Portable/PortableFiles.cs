using Daos.Fabric.Reactor.Errors;
using Daos.Fabric.Reactor.Posix;

namespace Daos.Fabric.Reactor.Portable;

/// <summary>
/// The file system through .NET alone, on any system. <see cref="FileAccessMode.Direct"/> goes through the page cache here, and a directory's
/// entries become durable as the system does it by itself: .NET can flush files only. Calls block; any thread.
/// </summary>
public sealed class PortableFiles(PosixFilesOptions? options = null) : IReactorFiles
{
    private const int FillBytes = 1 << 20;
    private const string LockSuffix = ".lock";
    private const UnixFileMode FileMode640 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
    private const UnixFileMode DirectoryMode750 = FileMode640 | UnixFileMode.UserExecute | UnixFileMode.GroupExecute;

    private readonly PortableFileTable _table = new();
    private readonly PosixFilesOptions _options = options ?? new PosixFilesOptions();

    /// <inheritdoc/>
    public bool Exists(string path)
    {
        CheckPath(path);
        return File.Exists(path) || Directory.Exists(path);
    }

    /// <inheritdoc/>
    /// <remarks>.NET does not tell a block device from a file.</remarks>
    public PathKind KindOf(string path)
    {
        CheckPath(path);
        return Directory.Exists(path) ? PathKind.Directory : File.Exists(path) ? PathKind.File : PathKind.Nothing;
    }

    /// <inheritdoc/>
    public DerCode CreateDirectory(string path) => Attempt(() =>
    {
        CheckPath(path);
        for (string? part = Path.GetFullPath(path); part is not null; part = Path.GetDirectoryName(part))
        {
            if (File.Exists(part))
            {
                return DerCode.NotDirectory;
            }
        }

        _ = OperatingSystem.IsWindows() ? Directory.CreateDirectory(path) : Directory.CreateDirectory(path, DirectoryMode750);
        return DerCode.Success;
    });

    /// <inheritdoc/>
    public DerResult<IReadOnlyList<string>> List(string directory)
    {
        var names = new List<string>();
        DerCode code = Attempt(() =>
        {
            if (File.Exists(directory))
            {
                return DerCode.NotDirectory;
            }

            names.AddRange(Directory.EnumerateFileSystemEntries(directory).Select(e => Path.GetFileName(e)!));
            return DerCode.Success;
        });
        names.RemoveAll(n => n.EndsWith(LockSuffix, StringComparison.Ordinal) && names.Contains(n[..^LockSuffix.Length]));
        names.Sort(StringComparer.Ordinal);
        return code.IsError ? code : names;
    }

    /// <inheritdoc/>
    public DerResult<int> Create(string path, long lengthBytes, FileAccessMode mode)
    {
        DerResult<int> file = OpenWith(path, mode, FileMode.CreateNew, lengthBytes);
        if (!file.IsSuccess)
        {
            return file;
        }

        DerCode code = Extend(file.Value, 0, lengthBytes, isAllocated: true);
        if (code.IsError)
        {
            // A file that could not be made whole must not look like one at the next start.
            Close(file.Value);
            Delete(path);
            return code;
        }

        return file;
    }

    /// <inheritdoc/>
    public DerResult<int> Open(string path, FileAccessMode mode) => OpenWith(path, mode, FileMode.Open, 0);

    /// <inheritdoc/>
    public DerResult<long> Length(int file)
    {
        long length = 0;
        DerCode code = Attempt(() =>
        {
            length = RandomAccess.GetLength(Get(file).Handle);
            return DerCode.Success;
        });
        return code.IsError ? code : length;
    }

    /// <inheritdoc/>
    public DerCode Grow(int file, long lengthBytes)
    {
        DerResult<long> length = Length(file);
        return !length.IsSuccess ? length.Code
            : lengthBytes <= length.Value ? DerCode.Success
            : Extend(file, length.Value, lengthBytes, isAllocated: false);
    }

    /// <inheritdoc/>
    public DerCode Delete(string path) => Attempt(() =>
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else if (File.Exists(path))
        {
            File.Delete(path);
            File.Delete(path + LockSuffix);
        }
        else
        {
            return DerCode.Nonexist;
        }

        return DerCode.Success;
    });

    /// <inheritdoc/>
    /// <remarks>
    /// The lock is a file beside the locked one, open without sharing: the only lock of .NET that means the same on every system. Against a
    /// process that locks the file itself (<see cref="PosixFiles"/>) the open of either side fails, because .NET shares what it opens.
    /// </remarks>
    public DerCode Lock(int file)
    {
        PortableFile open = Get(file);
        return Attempt(() =>
        {
            open.LockStream ??= new FileStream(open.Path + LockSuffix, Options(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            return DerCode.Success;
        });
    }

    /// <inheritdoc/>
    public void Close(int file)
    {
        if (_table.Remove(file) is { } open)
        {
            open.LockStream?.Dispose();
            open.Stream.Dispose();
        }
    }

    /// <summary>An open file, or null.</summary>
    internal PortableFile? Find(int file) => _table.Find(file);

    /// <summary>
    /// Removes a unix socket that a dead process left behind. Anything that can be opened is no socket and stays, as does what may not be
    /// opened.
    /// </summary>
    internal static bool RemoveStaleSocket(string path)
    {
        try
        {
            new FileStream(path, Options(FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite)).Dispose();
            return false;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            File.Delete(path);
            return true;
        }
    }

    private static FileStreamOptions Options(FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode is FileMode.CreateNew or FileMode.OpenOrCreate)
        {
            options.UnixCreateMode = FileMode640;
        }

        return options;
    }

    private static void CheckPath(string path)
    {
        if (path.Contains('\0'))
        {
            throw new ArgumentException("a path may not contain a zero character", nameof(path));
        }
    }

    private static DerCode Attempt(Func<DerCode> call)
    {
        try
        {
            return call();
        }
        catch (Exception exception) when (SystemErrorMap.IsExpected(exception))
        {
            return SystemErrorMap.ToDerCode(exception);
        }
    }

    private DerResult<int> OpenWith(string path, FileAccessMode mode, FileMode how, long allocateBytes)
    {
        CheckPath(path);
        int file = 0;
        DerCode code = Attempt(() =>
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } parent && File.Exists(parent))
            {
                return DerCode.NotDirectory;
            }

            FileAccess access = mode == FileAccessMode.ReadOnly ? FileAccess.Read : FileAccess.ReadWrite;
            FileStreamOptions options = Options(how, access, FileShare.ReadWrite | FileShare.Delete);
            options.PreallocationSize = allocateBytes;
            file = _table.Add(new PortableFile(new FileStream(path, options), path, mode == FileAccessMode.Direct));
            return DerCode.Success;
        });
        return code.IsError ? code : file;
    }

    private PortableFile Get(int file)
    {
        PortableFile? open = Find(file);
        Invariant.Check(open is not null);
        return open!;
    }

    // Blocks come with the creation; a file that grows later is filled, because .NET allocates at creation only.
    private DerCode Extend(int file, long fromBytes, long toBytes, bool isAllocated) => Attempt(() =>
    {
        PortableFile open = Get(file);
        RandomAccess.SetLength(open.Handle, toBytes);
        if (!isAllocated || toBytes - fromBytes < _options.ZeroFillBelowBytes)
        {
            byte[] zeroes = new byte[FillBytes];
            for (long at = fromBytes; at < toBytes; at += FillBytes)
            {
                RandomAccess.Write(open.Handle, zeroes.AsSpan(0, (int)Math.Min(FillBytes, toBytes - at)), at);
            }
        }

        RandomAccess.FlushToDisk(open.Handle);
        return DerCode.Success;
    });
}
