namespace Daos.Fabric.Transport.SharedMemory.Native;

/// <summary>
/// sys/uio.h: copies between this process and another; returns the bytes copied, which may be fewer, or -1 and errno (EPERM without the
/// right to trace the process, ESRCH, EFAULT).
/// </summary>
internal static unsafe partial class Uio
{
    [LibraryImport("libc")]
    internal static partial nint process_vm_readv(int pid, IoVector* local, nuint localCount, IoVector* remote, nuint remoteCount, nuint flags);

    [LibraryImport("libc")]
    internal static partial nint process_vm_writev(int pid, IoVector* local, nuint localCount, IoVector* remote, nuint remoteCount, nuint flags);
}
