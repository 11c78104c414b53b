namespace Daos.Fabric.Reactor.Native;

/// <summary>
/// linux/io_uring.h: the three system calls (glibc has no wrappers) and the constants used here. The calls return -1 and set errno.
/// </summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class IoUring
{
    internal const uint IORING_SETUP_CQSIZE = 1u << 3;
    internal const uint IORING_SETUP_CLAMP = 1u << 4;
    internal const uint IORING_SETUP_R_DISABLED = 1u << 6;
    internal const uint IORING_SETUP_SUBMIT_ALL = 1u << 7;
    internal const uint IORING_SETUP_COOP_TASKRUN = 1u << 8;
    internal const uint IORING_SETUP_TASKRUN_FLAG = 1u << 9;
    internal const uint IORING_SETUP_SINGLE_ISSUER = 1u << 12;
    internal const uint IORING_SETUP_DEFER_TASKRUN = 1u << 13;

    internal const uint IORING_FEAT_SINGLE_MMAP = 1u << 0;
    internal const uint IORING_FEAT_NODROP = 1u << 1;
    internal const uint IORING_FEAT_EXT_ARG = 1u << 8;

    internal const uint IORING_ENTER_GETEVENTS = 1u << 0;
    internal const uint IORING_ENTER_EXT_ARG = 1u << 3;

    internal const uint IORING_SQ_CQ_OVERFLOW = 1u << 1;
    internal const uint IORING_SQ_TASKRUN = 1u << 2;

    internal const uint IORING_CQE_F_MORE = 1u << 1;
    internal const uint IORING_CQE_F_SOCK_NONEMPTY = 1u << 2;

    internal const long IORING_OFF_SQ_RING = 0;
    internal const long IORING_OFF_CQ_RING = 0x8000000;
    internal const long IORING_OFF_SQES = 0x10000000;

    internal const uint IORING_REGISTER_PROBE = 8;
    internal const uint IORING_REGISTER_ENABLE_RINGS = 12;

    internal const uint IORING_REGISTER_SEND_MSG_RING = 31;

    internal const byte IORING_OP_FSYNC = 3;
    internal const byte IORING_OP_POLL_ADD = 6;
    internal const byte IORING_OP_SENDMSG = 9;
    internal const byte IORING_OP_ACCEPT = 13;
    internal const byte IORING_OP_ASYNC_CANCEL = 14;
    internal const byte IORING_OP_CONNECT = 16;
    internal const byte IORING_OP_FALLOCATE = 17;
    internal const byte IORING_OP_READ = 22;
    internal const byte IORING_OP_WRITE = 23;
    internal const byte IORING_OP_SEND = 26;
    internal const byte IORING_OP_RECV = 27;
    internal const byte IORING_OP_MSG_RING = 40;

    internal const uint IORING_FSYNC_DATASYNC = 1;
    internal const ushort IORING_RECVSEND_POLL_FIRST = 1;
    internal const uint IORING_ASYNC_CANCEL_ALL = 1u << 0;
    internal const uint IORING_ASYNC_CANCEL_ANY = 1u << 2;

    internal const byte IOSQE_IO_LINK = 1 << 2;

    // The same numbers on every 64-bit Linux.
    private const long SYS_io_uring_setup = 425;
    private const long SYS_io_uring_enter = 426;
    private const long SYS_io_uring_register = 427;

    /// <summary>Returns the ring's descriptor.</summary>
    internal static int io_uring_setup(uint entries, IoUringParams* parameters) =>
        (int)syscall2(SYS_io_uring_setup, (nint)entries, (nint)parameters);

    /// <summary>Returns the number of entries submitted. May block, so never without a GC transition.</summary>
    internal static int io_uring_enter(int fd, uint submit, uint complete, uint flags, void* argument, nuint argumentSize) =>
        (int)syscall6(SYS_io_uring_enter, fd, (nint)submit, (nint)complete, (nint)flags, (nint)argument, (nint)argumentSize);

    internal static int io_uring_register(int fd, uint opcode, void* argument, uint count) =>
        (int)syscall4(SYS_io_uring_register, fd, (nint)opcode, (nint)argument, (nint)count);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint syscall2(long number, nint a, nint b);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint syscall4(long number, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint syscall6(long number, nint a, nint b, nint c, nint d, nint e, nint f);
}
