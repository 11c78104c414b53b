namespace Daos.Fabric.Reactor.Native;

/// <summary>sys/uio.h: -1 and errno on failure.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class Uio
{
    internal const int RWF_DSYNC = 2;

    /// <summary>Bytes copied from another process, which may be fewer; EPERM without the right to trace it, ESRCH, EFAULT.</summary>
    [LibraryImport("libc")]
    internal static partial nint process_vm_readv(int pid, IoVector* local, nuint localCount, IoVector* remote, nuint remoteCount, nuint flags);

    /// <summary>The same in the other direction.</summary>
    [LibraryImport("libc")]
    internal static partial nint process_vm_writev(int pid, IoVector* local, nuint localCount, IoVector* remote, nuint remoteCount, nuint flags);

    [LibraryImport("libc")]
    internal static partial nint pwritev2(int fd, IoVector* vectors, int count, long offset, int flags);
}
