namespace Daos.Fabric.Transport.SharedMemory.Native;

/// <summary>sys/mman.h: mmap returns <see cref="MAP_FAILED"/>, the others -1, and errno is set. A mapping is the caller's until munmap.</summary>
internal static unsafe partial class Mman
{
    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int MAP_SHARED = 1;
    internal const int MAP_NORESERVE = 0x4000;
    internal const uint MFD_CLOEXEC = 1;
    internal const uint MFD_ALLOW_SEALING = 2;

    internal static readonly void* MAP_FAILED = (void*)-1;

    [LibraryImport("libc")]
    internal static partial void* mmap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc")]
    internal static partial int munmap(void* address, nuint length);

    [LibraryImport("libc")]
    internal static partial int memfd_create(byte* name, uint flags);
}
