namespace Daos.Fabric.Transport.SharedMemory.Native;

/// <summary>sys/socket.h: -1 and errno on failure. Descriptors that a message brings belong to the caller.</summary>
internal static unsafe partial class Socket
{
    internal const int SOL_SOCKET = 1;
    internal const int SCM_RIGHTS = 1;
    internal const int SO_PEERCRED = 17;
    internal const int SHUT_WR = 1;
    internal const int MSG_CTRUNC = 8;
    internal const int MSG_DONTWAIT = 0x40;
    internal const int MSG_NOSIGNAL = 0x4000;
    internal const int MSG_CMSG_CLOEXEC = 0x40000000;

    [LibraryImport("libc")]
    internal static partial nint sendmsg(int fd, MsgHdr* message, int flags);

    [LibraryImport("libc")]
    internal static partial nint recvmsg(int fd, MsgHdr* message, int flags);

    [LibraryImport("libc")]
    internal static partial int getsockopt(int fd, int level, int name, void* value, uint* length);

    [LibraryImport("libc")]
    internal static partial int shutdown(int fd, int how);
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

/// <summary>struct ucred: 12 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 12)]
internal struct PeerCredentials
{
    public int ProcessId;
    public uint UserId;
    public uint GroupId;
}
