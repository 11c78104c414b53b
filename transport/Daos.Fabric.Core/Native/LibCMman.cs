namespace Daos.Fabric.Core.Native;

/// <summary>The parts of sys/mman.h that reserve and commit memory. Each call returns -1 on failure; the reason is not asked for.</summary>
internal static unsafe partial class LibCMman
{
    internal const int PROT_NONE = 0;
    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int MAP_PRIVATE = 2;
    internal const int MAP_ANONYMOUS = 0x20;
    internal const int MAP_NORESERVE = 0x4000;
    internal const int MADV_HUGEPAGE = 14;

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
