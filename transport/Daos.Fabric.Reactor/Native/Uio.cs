namespace Daos.Fabric.Reactor.Native;

/// <summary>sys/uio.h: -1 and errno on failure.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class Uio
{
    internal const int RWF_DSYNC = 2;

    [LibraryImport("libc")]
    internal static partial nint pwritev2(int fd, IoVector* vectors, int count, long offset, int flags);
}
