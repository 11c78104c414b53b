namespace Daos.Fabric.Reactor.Native;

/// <summary>struct io_uring_params: 120 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoUringParams
{
    public uint SqEntries;
    public uint CqEntries;
    public uint Flags;
    public uint SqThreadCpu;
    public uint SqThreadIdle;
    public uint Features;
    public uint WqFd;
    public fixed uint Reserved[3];
    public IoSqRingOffsets SqOff;
    public IoCqRingOffsets CqOff;
}

/// <summary>struct io_sqring_offsets: 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoSqRingOffsets
{
    public uint Head;
    public uint Tail;
    public uint RingMask;
    public uint RingEntries;
    public uint Flags;
    public uint Dropped;
    public uint Array;
    public uint Reserved;
    public ulong UserAddress;
}

/// <summary>struct io_cqring_offsets: 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoCqRingOffsets
{
    public uint Head;
    public uint Tail;
    public uint RingMask;
    public uint RingEntries;
    public uint Overflow;
    public uint Cqes;
    public uint Flags;
    public uint Reserved;
    public ulong UserAddress;
}

/// <summary>struct io_uring_sqe: 64 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct IoUringSqe
{
    public byte Opcode;
    public byte Flags;
    public ushort IoPriority;
    public int Fd;
    public ulong Offset;
    public ulong Address;
    public uint Length;
    public uint OperationFlags;
    public ulong UserData;
    public ushort BufferIndex;
    public ushort Personality;
    public int FileIndex;
    public ulong Address3;
    public ulong Padding;
}

/// <summary>struct io_uring_cqe: 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct IoUringCqe
{
    public ulong UserData;
    public int Result;
    public uint Flags;
}

/// <summary>struct io_uring_getevents_arg: 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
internal struct IoUringGetEventsArg
{
    public ulong SignalMask;
    public uint SignalMaskSize;
    public uint MinWaitUsec;
    public ulong Timespec;
}

/// <summary>struct __kernel_timespec: 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct KernelTimespec
{
    public long Seconds;
    public long Nanoseconds;
}

/// <summary>struct io_uring_probe: 16 bytes, then one 8-byte entry per operation (op, reserved, flags 16 bits, reserved 32 bits).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoUringProbe
{
    internal const int OperationsMax = 64;
    internal const ushort Supported = 1;

    public byte LastOperation;
    public byte OperationCount;
    public ushort Reserved;
    public fixed uint Reserved2[3];
    public fixed ulong Operations[OperationsMax];

    /// <summary>True when the kernel knows the operation.</summary>
    public readonly bool Knows(byte opcode) => opcode < OperationCount && ((ushort)(Operations[opcode] >> 16) & Supported) != 0;
}
