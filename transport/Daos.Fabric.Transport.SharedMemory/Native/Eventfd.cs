namespace Daos.Fabric.Transport.SharedMemory.Native;

/// <summary>sys/eventfd.h: -1 and errno on failure.</summary>
internal static partial class Eventfd
{
    internal const int EFD_CLOEXEC = 0x80000;
    internal const int EFD_NONBLOCK = 0x800;

    [LibraryImport("libc")]
    internal static partial int eventfd(uint initial, int flags);
}
