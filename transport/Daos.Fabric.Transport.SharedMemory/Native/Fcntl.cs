namespace Daos.Fabric.Transport.SharedMemory.Native;

/// <summary>fcntl.h: -1 and errno on failure.</summary>
internal static partial class Fcntl
{
    internal const int F_ADD_SEALS = 1033;
    internal const int F_GET_SEALS = 1034;
    internal const int F_SEAL_SEAL = 1;
    internal const int F_SEAL_SHRINK = 2;
    internal const int F_SEAL_GROW = 4;

    [LibraryImport("libc")]
    internal static partial int fcntl(int fd, int command, int argument);
}
