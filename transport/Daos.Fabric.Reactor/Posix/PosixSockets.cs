using System.Buffers.Binary;
using System.Text;
using Daos.Fabric.Reactor.Errors;
using Daos.Fabric.Reactor.Native;

namespace Daos.Fabric.Reactor.Posix;

/// <summary>Making, binding and naming sockets, shared by the reactors of this machine. Any thread; no state.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class PosixSockets
{
    private const int AddressBytesMax = OperationTable.AddressBytesMax;

    private const int UnixPathMax = 107;
    private const int FamilyBytes = 2;

    /// <summary>A socket of the address's family; a negative errno on failure.</summary>
    internal static int Create(SocketAddress address, int flags)
    {
        int family = address.IsUnix ? Socket.AF_UNIX
            : address.Address!.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? Socket.AF_INET6
            : Socket.AF_INET;
        int socket = Socket.socket(family, Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC | flags, 0);
        return socket < 0 ? -Unistd.LastErrno : socket;
    }

    /// <summary>
    /// The process that connected, or that listened when this side connected, if it runs under this process's user; else 0, also when it
    /// lives in a namespace that cannot be seen from here.
    /// </summary>
    internal static int PeerProcess(int socket)
    {
        PeerCredentials peer;
        uint length = (uint)sizeof(PeerCredentials);
        bool known = Socket.getsockopt(socket, Socket.SOL_SOCKET, Socket.SO_PEERCRED, &peer, &length) == 0;
        return known && peer.ProcessId > 0 && peer.UserId == Unistd.geteuid() ? peer.ProcessId : 0;
    }

    /// <summary>Writes the address as the system lays it out and returns its length, or 0 when a unix path is too long.</summary>
    internal static uint Encode(SocketAddress address, byte* destination)
    {
        var bytes = new Span<byte>(destination, AddressBytesMax);
        bytes.Clear();
        if (address.IsUnix)
        {
            int length = Encoding.UTF8.GetByteCount(address.Path!);
            if (length is 0 or > UnixPathMax)
            {
                return 0;
            }

            MemoryMarshal.Write(bytes, (ushort)Socket.AF_UNIX);
            Encoding.UTF8.GetBytes(address.Path!, bytes[FamilyBytes..]);
            return (uint)(FamilyBytes + length + 1);
        }

        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], (ushort)address.Port);
        if (address.Address!.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            MemoryMarshal.Write(bytes, (ushort)Socket.AF_INET6);
            address.Address.TryWriteBytes(bytes[8..], out _);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], (uint)address.Address.ScopeId);
            return 28;
        }

        MemoryMarshal.Write(bytes, (ushort)Socket.AF_INET);
        address.Address.TryWriteBytes(bytes[4..], out _);
        return 16;
    }

    /// <summary>Binds and listens. DER_BUSY when somebody listens there, DER_BADPATH or DER_EXCEEDS_PATH_LEN for unusable addresses.</summary>
    internal static DerResult<ListenerHandle> Listen(SocketAddress address, int backlog, int flags)
    {
        byte* native = stackalloc byte[AddressBytesMax];
        uint length = Encode(address, native);
        if (length == 0)
        {
            return DerCode.ExceedsPathLen;
        }

        int socket = Create(address, flags);
        if (socket < 0)
        {
            return ErrnoMap.ToDerCode(socket);
        }

        DerCode code = Bind(socket, address, native, length, backlog);
        if (code.IsError)
        {
            _ = Unistd.close(socket);
            return code;
        }

        return new ListenerHandle(socket, NameOf(socket, address));
    }

    /// <summary>
    /// For a connected socket: small messages leave at once, and the system takes only so many bytes that it cannot send yet
    /// (<see cref="Reactor.UnsentBytesMax"/>). Means nothing to a unix socket, whose queue is bounded by itself.
    /// </summary>
    internal static void Prepare(int socket)
    {
        int one = 1;
        int unsent = Reactor.UnsentBytesMax;
        _ = Socket.setsockopt(socket, Socket.IPPROTO_TCP, Socket.TCP_NODELAY, &one, sizeof(int));
        _ = Socket.setsockopt(socket, Socket.IPPROTO_TCP, Socket.TCP_NOTSENT_LOWAT, &unsent, sizeof(int));
    }

    /// <summary>True for a unix socket.</summary>
    internal static bool IsUnix(int socket)
    {
        int domain = 0;
        uint length = sizeof(int);
        return Socket.getsockopt(socket, Socket.SOL_SOCKET, Socket.SO_DOMAIN, &domain, &length) == 0 && domain == Socket.AF_UNIX;
    }

    private static DerCode Bind(int socket, SocketAddress address, byte* native, uint length, int backlog)
    {
        if (!address.IsUnix)
        {
            int one = 1;
            _ = Socket.setsockopt(socket, Socket.SOL_SOCKET, Socket.SO_REUSEADDR, &one, sizeof(int));
        }

        int errno = Socket.bind(socket, native, length) == 0 ? 0 : Unistd.LastErrno;
        if (errno == Errno.AddressInUse && address.IsUnix && RemoveStale(address, native, length))
        {
            errno = Socket.bind(socket, native, length) == 0 ? 0 : Unistd.LastErrno;
        }

        if (errno == 0 && Socket.listen(socket, backlog) < 0)
        {
            errno = Unistd.LastErrno;
        }

        return ErrnoMap.ToDerCode(errno);
    }

    // A path whose owner died stays in the file system. It is removed only when it is a socket and connecting to it is refused, that is,
    // when nobody listens; anything else there is somebody's. (Connecting to a plain file is refused, too, hence the look at its type.)
    private static bool RemoveStale(SocketAddress address, byte* native, uint length)
    {
        byte* status = stackalloc byte[Stat.StatxBytes];
        if (Stat.statx(Stat.AT_FDCWD, native + FamilyBytes, Stat.AT_SYMLINK_NOFOLLOW, Stat.STATX_TYPE, status) < 0
            || (*(ushort*)(status + Stat.ModeOffset) & Stat.S_IFMT) != Stat.S_IFSOCK)
        {
            return false;
        }

        int probe = Create(address, Socket.SOCK_NONBLOCK);
        if (probe < 0)
        {
            return false;
        }

        bool stale = Socket.connect(probe, native, length) < 0 && Unistd.LastErrno == Errno.ConnectionRefused;
        _ = Unistd.close(probe);
        return stale && Unistd.unlink(native + FamilyBytes) == 0;
    }

    private static SocketAddress NameOf(int socket, SocketAddress asked)
    {
        if (asked.IsUnix || asked.Port != 0)
        {
            return asked;
        }

        byte* native = stackalloc byte[AddressBytesMax];
        uint length = AddressBytesMax;
        Invariant.Check(Socket.getsockname(socket, native, &length) == 0);
        return SocketAddress.Tcp(asked.Address!, BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(native + 2, 2)));
    }
}
