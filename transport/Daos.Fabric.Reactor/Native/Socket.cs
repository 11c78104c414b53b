namespace Daos.Fabric.Reactor.Native;

/// <summary>sys/socket.h: every call returns -1 and sets errno on failure. Addresses and options are borrowed for the call.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class Socket
{
    internal const int AF_UNIX = 1;
    internal const int AF_INET = 2;
    internal const int AF_INET6 = 10;
    internal const int SOCK_STREAM = 1;
    internal const int SOCK_NONBLOCK = 0x800;
    internal const int SOCK_CLOEXEC = 0x80000;
    internal const int SOL_SOCKET = 1;
    internal const int SO_REUSEADDR = 2;
    internal const int SO_ERROR = 4;
    internal const int SO_PEERCRED = 17;
    internal const int SO_DOMAIN = 39;
    internal const int IPPROTO_TCP = 6;
    internal const int TCP_NODELAY = 1;
    internal const int TCP_NOTSENT_LOWAT = 25;
    internal const int SHUT_RDWR = 2;
    internal const int MSG_DONTWAIT = 0x40;
    internal const int MSG_NOSIGNAL = 0x4000;

    [LibraryImport("libc")]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc")]
    internal static partial int bind(int fd, void* address, uint length);

    [LibraryImport("libc")]
    internal static partial int listen(int fd, int backlog);

    [LibraryImport("libc")]
    internal static partial int accept4(int fd, void* address, uint* length, int flags);

    [LibraryImport("libc")]
    internal static partial int connect(int fd, void* address, uint length);

    [LibraryImport("libc")]
    internal static partial int getsockname(int fd, void* address, uint* length);

    [LibraryImport("libc")]
    internal static partial int setsockopt(int fd, int level, int name, void* value, uint length);

    [LibraryImport("libc")]
    internal static partial int getsockopt(int fd, int level, int name, void* value, uint* length);

    [LibraryImport("libc")]
    internal static partial int shutdown(int fd, int how);

    [LibraryImport("libc")]
    internal static partial nint recv(int fd, void* buffer, nuint length, int flags);

    [LibraryImport("libc")]
    internal static partial nint send(int fd, void* buffer, nuint length, int flags);

    [LibraryImport("libc")]
    internal static partial nint sendmsg(int fd, MsgHdr* message, int flags);
}

/// <summary>struct ucred: 12 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 12)]
internal struct PeerCredentials
{
    public int ProcessId;
    public uint UserId;
    public uint GroupId;
}

/// <summary>struct msghdr on 64-bit Linux: 56 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
internal unsafe struct MsgHdr
{
    public void* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public void* Control;
    public nuint ControlLength;
    public int Flags;
}
