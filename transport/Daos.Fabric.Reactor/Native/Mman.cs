namespace Daos.Fabric.Reactor.Native;

/// <summary>sys/mman.h: mmap returns <see cref="MAP_FAILED"/> and sets errno on failure.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class Mman
{
    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int MAP_SHARED = 1;
    internal const int MAP_POPULATE = 0x8000;

    internal static readonly void* MAP_FAILED = (void*)-1;

    [LibraryImport("libc")]
    internal static partial void* mmap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc")]
    internal static partial int munmap(void* address, nuint length);
}
