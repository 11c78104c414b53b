namespace Daos.Fabric.Reactor.Native;

/// <summary>sys/epoll.h: -1 and errno on failure.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class EpollCalls
{
    internal const int EPOLL_CLOEXEC = 0x80000;
    internal const int EPOLL_CTL_ADD = 1;
    internal const uint EPOLLIN = 0x1;
    internal const uint EPOLLOUT = 0x4;
    internal const uint EPOLLERR = 0x8;
    internal const uint EPOLLHUP = 0x10;
    internal const uint EPOLLRDHUP = 0x2000;
    internal const uint EPOLLET = 1u << 31;

    [LibraryImport("libc")]
    internal static partial int epoll_create1(int flags);

    [LibraryImport("libc")]
    internal static partial int epoll_ctl(int fd, int operation, int target, void* entry);

    [LibraryImport("libc")]
    internal static partial int epoll_wait(int fd, void* events, int eventsMax, int timeoutMs);
}
