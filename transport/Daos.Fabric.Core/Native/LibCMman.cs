namespace Daos.Fabric.Core.Native;

/// <summary>
/// The parts of sys/mman.h that reserve and commit memory, and what a memfd needs of unistd.h and fcntl.h. Each call returns -1 on failure;
/// the reason is not asked for.
/// </summary>
internal static unsafe partial class LibCMman
{
    internal const int PROT_NONE = 0;
    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int MAP_SHARED = 1;
    internal const int MAP_PRIVATE = 2;
    internal const int MAP_ANONYMOUS = 0x20;
    internal const int MAP_NORESERVE = 0x4000;
    internal const int MADV_DONTNEED = 4;
    internal const int MADV_REMOVE = 9;
    internal const int MADV_HUGEPAGE = 14;
    internal const uint MFD_CLOEXEC = 1;
    internal const uint MFD_ALLOW_SEALING = 2;
    internal const int F_ADD_SEALS = 1033;
    internal const int F_SEAL_SEAL = 1;
    internal const int F_SEAL_SHRINK = 2;
    internal const int F_SEAL_GROW = 4;

    /// <summary>False on other systems than Linux, and where loading the library is refused.</summary>
    internal static readonly bool IsAvailable = OperatingSystem.IsLinux() && Answers();

    /// <summary>Returns the address, which the caller owns until munmap, or -1: ENOMEM, EINVAL.</summary>
    [LibraryImport("libc")]
    internal static partial void* mmap(void* address, nuint length, int protection, int flags, int file, nint offset);

    /// <summary>Returns 0 or -1: ENOMEM, EINVAL.</summary>
    [LibraryImport("libc")]
    internal static partial int mprotect(void* address, nuint length, int protection);

    /// <summary>Returns 0 or -1: EINVAL when the kernel lacks the advice.</summary>
    [LibraryImport("libc")]
    internal static partial int madvise(void* address, nuint length, int advice);

    /// <summary>Returns 0 or -1: EINVAL. The range may not be touched afterwards.</summary>
    [LibraryImport("libc")]
    internal static partial int munmap(void* address, nuint length);

    /// <summary>Returns a descriptor, which the caller owns, or -1: EMFILE, ENOMEM, ENOSYS.</summary>
    [LibraryImport("libc")]
    internal static partial int memfd_create(byte* name, uint flags);

    /// <summary>Returns 0 or -1: EINVAL, EPERM.</summary>
    [LibraryImport("libc")]
    internal static partial int ftruncate(int file, long length);

    /// <summary>Returns 0 or more, or -1: EPERM, EINVAL.</summary>
    [LibraryImport("libc")]
    internal static partial int fcntl(int file, int command, int argument);

    /// <summary>Returns 0 or -1.</summary>
    [LibraryImport("libc")]
    internal static partial int close(int file);

    // No range at all is fine with the kernel.
    private static bool Answers()
    {
        try
        {
            return madvise(null, 0, 0) == 0;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }
}
