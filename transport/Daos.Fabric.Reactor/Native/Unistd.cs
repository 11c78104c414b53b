namespace Daos.Fabric.Reactor.Native;

/// <summary>unistd.h: every call returns -1 and sets errno on failure; read it at once with <see cref="LastErrno"/>.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class Unistd
{
    internal const int SEEK_SET = 0;
    internal const int SEEK_END = 2;
    internal const int F_OK = 0;

    /// <summary>errno of the call just made on this thread.</summary>
    internal static int LastErrno => Marshal.GetLastSystemError();

    [LibraryImport("libc")]
    internal static partial nint read(int fd, void* buf, nuint count);

    [LibraryImport("libc")]
    internal static partial nint write(int fd, void* buf, nuint count);

    [LibraryImport("libc")]
    internal static partial nint pread(int fd, void* buf, nuint count, long offset);

    [LibraryImport("libc")]
    internal static partial nint pwrite(int fd, void* buf, nuint count, long offset);

    /// <summary>Cannot fail.</summary>
    [LibraryImport("libc")]
    internal static partial uint geteuid();

    [LibraryImport("libc")]
    internal static partial int close(int fd);

    [LibraryImport("libc")]
    internal static partial int fsync(int fd);

    [LibraryImport("libc")]
    internal static partial int fdatasync(int fd);

    [LibraryImport("libc")]
    internal static partial int ftruncate(int fd, long length);

    [LibraryImport("libc")]
    internal static partial long lseek(int fd, long offset, int whence);

    [LibraryImport("libc")]
    internal static partial int access(byte* path, int mode);

    [LibraryImport("libc")]
    internal static partial int unlink(byte* path);

    [LibraryImport("libc")]
    internal static partial int rmdir(byte* path);
}
