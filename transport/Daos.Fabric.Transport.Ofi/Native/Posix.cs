namespace Daos.Fabric.Transport.Ofi.Native;

/// <summary>The system calls that this project makes beside libfabric: signal.h, poll.h, unistd.h, and pidfd_open by number.</summary>
internal static unsafe partial class Posix
{
    internal const short POLLIN = 1;
    internal const long SYS_pidfd_open = 434;
    internal const int ESRCH = 3;

    internal const int O_RDWR = 2;
    internal const int O_CLOEXEC = 0x80000;
    internal const int SEEK_END = 2;
    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int MAP_SHARED = 1;
    internal const int PTHREAD_PROCESS_SHARED = 1;

    internal const int SIGINT = 2;
    internal const int SIGBUS = 7;
    internal const int SIGSEGV = 11;
    internal const int SIGTERM = 15;

    /// <summary>More than glibc's or musl's struct sigaction, whose content is only carried back and forth.</summary>
    internal const int SigactionBytes = 256;

    /// <summary>False where the C library is refused to this process.</summary>
    internal static bool IsAvailable()
    {
        try
        {
            return getpid() > 0;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    /// <summary>A descriptor of a process, which the caller closes; -ESRCH: it has ended; -1: it cannot be watched.</summary>
    internal static int OpenProcess(int processId)
    {
        int descriptor = (int)syscall(SYS_pidfd_open, processId, 0);
        int error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return error == ESRCH ? -ESRCH : descriptor;
    }

    /// <summary>True when what <see cref="OpenProcess"/> gave is of a process that has ended.</summary>
    internal static bool HasEnded(int process)
    {
        var descriptor = new pollfd { fd = process, events = POLLIN };
        return process == -ESRCH || (process >= 0 && poll(&descriptor, 1, 0) > 0);
    }

    /// <summary>Returns 0, or -1 for a bad signal number.</summary>
    [LibraryImport("libc")]
    internal static partial int sigaction(int signal, void* action, void* old);

    /// <summary>Returns how many descriptors have something, 0, or -1: EINTR, EINVAL, ENOMEM. Never blocks with timeout 0.</summary>
    [LibraryImport("libc")]
    internal static partial int poll(pollfd* descriptors, nuint count, int timeoutMs);

    /// <summary>pidfd_open: a descriptor that the caller closes, or -1: ESRCH (no such process), ENOSYS, EMFILE.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial long syscall(long number, long first, long second);

    /// <summary>Returns 0 or -1.</summary>
    [LibraryImport("libc")]
    internal static partial int close(int descriptor);

    /// <summary>The calling process.</summary>
    [LibraryImport("libc")]
    internal static partial int getpid();

    /// <summary>Bytes written, not terminated, or -1: ENOENT, EACCES.</summary>
    [LibraryImport("libc")]
    internal static partial nint readlink(byte* path, byte* target, nuint targetBytes);

    /// <summary>Returns 0 or -1: ENOENT, EACCES.</summary>
    [LibraryImport("libc")]
    internal static partial int unlink(byte* path);

    /// <summary>Returns a descriptor that the caller closes, or -1.</summary>
    [LibraryImport("libc")]
    internal static partial int open(byte* path, int flags);

    /// <summary>Bytes read or -1.</summary>
    [LibraryImport("libc")]
    internal static partial nint read(int descriptor, void* destination, nuint lengthBytes);

    /// <summary>The new position, here the size, or -1.</summary>
    [LibraryImport("libc")]
    internal static partial long lseek(int descriptor, long offset, int whence);

    /// <summary>The mapping, which munmap ends, or -1.</summary>
    [LibraryImport("libc")]
    internal static partial void* mmap(void* address, nuint lengthBytes, int protection, int flags, int descriptor, long offset);

    /// <summary>Returns 0 or -1: EINVAL.</summary>
    [LibraryImport("libc")]
    internal static partial int munmap(void* address, nuint lengthBytes);

    /// <summary>Returns 0; the value of a lock that nobody holds depends on the processor.</summary>
    [LibraryImport("libc")]
    internal static partial int pthread_spin_init(int* spinLock, int shared);

    /// <summary>Returns 0. Whoever waits for the lock goes on.</summary>
    [LibraryImport("libc")]
    internal static partial int pthread_spin_unlock(int* spinLock);

    /// <summary>The address of one version of a symbol, or null. In libc since glibc 2.34.</summary>
    [LibraryImport("libc")]
    internal static partial void* dlvsym(nint library, byte* symbol, byte* version);
}

/// <summary>poll.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct pollfd
{
    public int fd;
    public short events;
    public short revents;
}
