using System.Text;
using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor.Errors;
using Daos.Fabric.Reactor.Native;

namespace Daos.Fabric.Reactor.Posix;

/// <summary>The machine's file system. Calls block and belong to start-up, growth and shutdown. Any thread; no state.</summary>
[SupportedOSPlatform("linux")]
public sealed unsafe partial class PosixFiles(PosixFilesOptions? options = null) : IReactorFiles
{
    private const uint FileMode = 0x1A0; // rw-r-----
    private const uint DirectoryMode = 0x1E8; // rwxr-x---
    private const int FillBytes = 1 << 20;

    private readonly PosixFilesOptions _options = options ?? new PosixFilesOptions();

    /// <inheritdoc/>
    public bool Exists(string path)
    {
        fixed (byte* native = new Utf8Path(path, stackalloc byte[Utf8Path.StackBytes]))
        {
            return Unistd.access(native, Unistd.F_OK) == 0;
        }
    }

    /// <inheritdoc/>
    public DerCode CreateDirectory(string path)
    {
        if (Exists(path))
        {
            return CheckDirectory(path);
        }

        string parent = ParentOf(path);
        DerCode code = CreateDirectory(parent);
        if (code.IsError)
        {
            return code;
        }

        fixed (byte* native = new Utf8Path(path, stackalloc byte[Utf8Path.StackBytes]))
        {
            // Somebody else may have made it meanwhile, which is as good.
            if (Fcntl.mkdir(native, DirectoryMode) < 0 && Unistd.LastErrno is int errno and not Errno.Exists)
            {
                return ErrnoMap.ToDerCode(errno);
            }
        }

        return SyncDirectory(parent);
    }

    /// <inheritdoc/>
    public DerResult<IReadOnlyList<string>> List(string directory)
    {
        var names = new List<string>();
        DerCode code = Visit(directory, (name, _) => names.Add(name));
        if (code.IsError)
        {
            return code;
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <inheritdoc/>
    public DerResult<int> Create(string path, long lengthBytes, FileAccessMode mode)
    {
        DerResult<int> file = OpenWith(path, mode, Fcntl.O_CREAT | Fcntl.O_EXCL);
        if (!file.IsSuccess)
        {
            return file;
        }

        DerCode code = Extend(file.Value, 0, lengthBytes);
        if (code.IsSuccess)
        {
            code = SyncDirectory(ParentOf(path));
        }

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
    public DerResult<int> Open(string path, FileAccessMode mode) =>
        OpenWith(path, mode, mode != FileAccessMode.ReadOnly && KindOf(path) == PathKind.Device ? Fcntl.O_EXCL : 0);

    /// <inheritdoc/>
    public DerResult<long> Length(int file)
    {
        // Works for files and block devices; nothing here uses the descriptor's own position.
        long length = Unistd.lseek(file, 0, Unistd.SEEK_END);
        return length < 0 ? ErrnoMap.ToDerCode(Unistd.LastErrno) : length;
    }

    /// <inheritdoc/>
    public DerCode Grow(int file, long lengthBytes)
    {
        DerResult<long> length = Length(file);
        if (!length.IsSuccess)
        {
            return length.Code;
        }

        return lengthBytes <= length.Value ? DerCode.Success
            : IsDevice(file) ? DerCode.NoSpace
            : Extend(file, length.Value, lengthBytes);
    }

    /// <inheritdoc/>
    public DerCode Delete(string path)
    {
        DerCode code = DeleteTree(path);
        return code.IsError ? code : SyncDirectory(ParentOf(path));
    }

    /// <inheritdoc/>
    public DerCode Lock(int file)
    {
        if (Fcntl.flock(file, Fcntl.LOCK_EX | Fcntl.LOCK_NB) == 0)
        {
            return DerCode.Success;
        }

        int errno = Unistd.LastErrno;
        return errno == Errno.Again ? DerCode.Busy : ErrnoMap.ToDerCode(errno);
    }

    /// <inheritdoc/>
    public void Close(int file)
    {
        // io_uring may hold the file for a moment after it reported the last operation: closing alone would leave the lock until then.
        _ = Fcntl.flock(file, Fcntl.LOCK_UN);
        _ = Unistd.close(file);
    }

    private static DerResult<int> OpenWith(string path, FileAccessMode mode, int flags)
    {
        flags |= Fcntl.O_CLOEXEC | (mode == FileAccessMode.ReadOnly ? Fcntl.O_RDONLY : Fcntl.O_RDWR);
        fixed (byte* native = new Utf8Path(path, stackalloc byte[Utf8Path.StackBytes]))
        {
            int file = Fcntl.open(native, flags | (mode == FileAccessMode.Direct ? Fcntl.O_DIRECT : 0), FileMode);
            if (file < 0 && mode == FileAccessMode.Direct && Unistd.LastErrno == Errno.Invalid)
            {
                // A file system without O_DIRECT; with O_CREAT the refused call has made the file already.
                file = Fcntl.open(native, (flags & Fcntl.O_CREAT) != 0 ? flags & ~Fcntl.O_EXCL : flags, FileMode);
            }

            return file < 0 ? ErrnoMap.ToDerCode(Unistd.LastErrno) : file;
        }
    }

    private static string ParentOf(string path)
    {
        string trimmed = path.Length > 1 ? path.TrimEnd('/') : path;
        int slash = trimmed.LastIndexOf('/');
        return slash > 0 ? trimmed[..slash] : slash == 0 ? "/" : ".";
    }

    private static DerCode CheckDirectory(string path) => WithDirectory(path, sync: false);

    private static DerCode SyncDirectory(string path) => WithDirectory(path, sync: true);

    private static DerCode WithDirectory(string path, bool sync)
    {
        fixed (byte* native = new Utf8Path(path, stackalloc byte[Utf8Path.StackBytes]))
        {
            int directory = Fcntl.open(native, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0);
            if (directory < 0)
            {
                return ErrnoMap.ToDerCode(Unistd.LastErrno);
            }

            DerCode code = sync && Unistd.fsync(directory) < 0 ? ErrnoMap.ToDerCode(Unistd.LastErrno) : DerCode.Success;
            _ = Unistd.close(directory);
            return code;
        }
    }

    private static DerCode Visit(string directory, Action<string, bool> entry)
    {
        fixed (byte* native = new Utf8Path(directory, stackalloc byte[Utf8Path.StackBytes]))
        {
            void* stream = Dirent.opendir(native);
            if (stream is null)
            {
                return ErrnoMap.ToDerCode(Unistd.LastErrno);
            }

            for (byte* row = Dirent.readdir(stream); row is not null; row = Dirent.readdir(stream))
            {
                string name = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(row + Dirent.NameOffset));
                if (name is not ("." or ".."))
                {
                    entry(name, row[Dirent.TypeOffset] == Dirent.DT_DIR);
                }
            }

            _ = Dirent.closedir(stream);
            return DerCode.Success;
        }
    }

    private static DerCode DeleteTree(string path)
    {
        fixed (byte* native = new Utf8Path(path, stackalloc byte[Utf8Path.StackBytes]))
        {
            if (Unistd.unlink(native) == 0)
            {
                return DerCode.Success;
            }

            // EISDIR on Linux; EPERM is what POSIX says.
            int errno = Unistd.LastErrno;
            if (errno is not (21 or Errno.NotPermitted))
            {
                return ErrnoMap.ToDerCode(errno);
            }

            var names = new List<string>();
            DerCode code = Visit(path, (name, _) => names.Add(name));
            foreach (string name in names)
            {
                code = code.IsError ? code : DeleteTree(path + "/" + name);
            }

            return code.IsError || Unistd.rmdir(native) == 0 ? code : ErrnoMap.ToDerCode(Unistd.LastErrno);
        }
    }

    // Allocates, fills when small enough, and makes size and blocks durable.
    private DerCode Extend(int file, long fromBytes, long toBytes)
    {
        if (toBytes > fromBytes)
        {
            bool mustFill = false;
            if (Fcntl.fallocate(file, 0, fromBytes, toBytes - fromBytes) < 0)
            {
                int errno = Unistd.LastErrno;
                if (ErrnoMap.ToDerCode(errno) != DerCode.NotSupported)
                {
                    return ErrnoMap.ToDerCode(errno);
                }

                mustFill = true;
            }

            if (mustFill || toBytes - fromBytes < _options.ZeroFillBelowBytes)
            {
                DerCode code = Fill(file, fromBytes, toBytes);
                if (code.IsError)
                {
                    return code;
                }
            }
        }

        return Unistd.fsync(file) < 0 ? ErrnoMap.ToDerCode(Unistd.LastErrno) : DerCode.Success;
    }

    private static DerCode Fill(int file, long fromBytes, long toBytes)
    {
        using var zeroes = new NativeSlab(FillBytes);
        new Span<byte>(zeroes.Address, FillBytes).Clear();
        for (long at = fromBytes; at < toBytes;)
        {
            nint written = Unistd.pwrite(file, zeroes.Address, (nuint)Math.Min(FillBytes, toBytes - at), at);
            if (written < 0 && Unistd.LastErrno is int errno)
            {
                if (errno == Errno.Interrupted)
                {
                    continue;
                }

                return ErrnoMap.ToDerCode(errno);
            }

            at += written;
        }

        return DerCode.Success;
    }
}
