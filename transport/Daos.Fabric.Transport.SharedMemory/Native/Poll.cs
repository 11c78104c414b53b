namespace Daos.Fabric.Transport.SharedMemory.Native;

/// <summary>poll.h: returns the number of descriptors with events, or -1 and errno.</summary>
internal static unsafe partial class PollCalls
{
    internal const short POLLERR = 8;
    internal const short POLLHUP = 0x10;
    internal const short POLLRDHUP = 0x2000;

    [LibraryImport("libc")]
    internal static partial int poll(PollFd* descriptors, nuint count, int timeoutMs);
}

/// <summary>struct pollfd: 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal struct PollFd
{
    public int Descriptor;
    public short Events;
    public short Returned;
}
