namespace Daos.Fabric.Reactor.Native;

/// <summary>fcntl.h, sys/file.h and sys/stat.h: -1 and errno on failure. Constants as on x86-64, where they differ by machine.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class Fcntl
{
    internal const int O_RDONLY = 0;
    internal const int O_RDWR = 2;
    internal const int O_CREAT = 0x40;
    internal const int O_EXCL = 0x80;
    internal const int FALLOC_FL_KEEP_SIZE = 1;
    internal const int FALLOC_FL_PUNCH_HOLE = 2;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;
    internal const int F_GETFL = 3;
    internal const int F_SETFL = 4;
    internal const int LOCK_EX = 2;
    internal const int LOCK_NB = 4;
    internal const int LOCK_UN = 8;

    // These two have each other's values on arm64.
    internal static readonly int O_DIRECT = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000;
    internal static readonly int O_DIRECTORY = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    [LibraryImport("libc")]
    internal static partial int open(byte* path, int flags, uint mode);

    [LibraryImport("libc")]
    internal static partial int fcntl(int fd, int command, int argument);

    [LibraryImport("libc")]
    internal static partial int fallocate(int fd, int mode, long offset, long length);

    [LibraryImport("libc")]
    internal static partial int flock(int fd, int operation);

    [LibraryImport("libc")]
    internal static partial int mkdir(byte* path, uint mode);
}
