namespace Daos.Fabric.Transport.SharedMemory;

/// <summary>Fixed limits of this project. Any thread.</summary>
internal static class Limits
{
    /// <summary>Lines of a ring at least, count: 256 KiB, so that both directions of a busy connection stay in a core's second cache.</summary>
    internal const int RingLinesMin = 4096;

    /// <summary>Lines of a ring at most, count: 64 MiB, more than any message size needs.</summary>
    internal const int RingLinesMax = 1 << 20;

    /// <summary>Largest messages that a ring holds at least, count, so that one being written never waits for one being read.</summary>
    internal const int MessagesPerRing = 3;

    /// <summary>Frames taken from one connection per turn, count, so that a chatty one leaves turns to others.</summary>
    internal const int FramesPerPoll = 128;

    /// <summary>Messages copied out of a ring before the first of them is delivered, count: what is copied stays in the first cache.</summary>
    internal const int MessagesPerGather = 32;

    /// <summary>
    /// Lines shown to the peer at once, count; the end of a turn shows the rest. More keep the peer out of lines that are being written for
    /// longer, fewer let it begin sooner: with 64 small calls in flight 16 calls at a time measured best (0.139 of two rings in C with every
    /// call at once, 0.147 with 4, 0.161 with 8, 0.167 with 16, 0.156 with 32, when each took three lines).
    /// </summary>
    internal const int LinesPerRelease = 32;

    /// <summary>What is said once where the kernel refuses to copy between processes.</summary>
    internal const string ProcessMemoryRefused =
        "shm: the kernel does not let this process reach its peer's memory (Yama's ptrace_scope, another namespace): "
        + "memory outside of shared regions is copied through the ring, which takes two copies instead of one";

    /// <summary>How long an idle connection is polled before it is left to its doorbell, in ns.</summary>
    internal const long ParkNs = 5_000_000;

    /// <summary>Transfers of one connection under way at once in each direction, count; further ones wait at their initiator.</summary>
    internal const int TransfersPerConnection = 256;

    /// <summary>
    /// Bytes copied at once between the processes' memory: what a small message waits for at most, about 20 us at 7 GB/s.
    /// </summary>
    internal const int CopyBytes = 128 * 1024;

    /// <summary>Bytes of a transfer in one frame when it goes through the ring; at most an eighth of the smallest ring.</summary>
    internal const int DataBytes = 16 * 1024;

    /// <summary>Regions of ours that a peer has mapped at most, count; the one used longest ago gives way to another.</summary>
    internal const int RegionsPerConnection = 16;

    /// <summary>Regions mapped per connection at most, count: the owner's bound and as many again that it is about to take back.</summary>
    internal const int RegionsMappedMax = 2 * RegionsPerConnection;

    /// <summary>Bytes of segments for received messages and for frames that find the ring full, per context; touched only by use.</summary>
    internal const int SegmentPoolBytes = 64 * 1024 * 1024;

    /// <summary>A queue may grow to this multiple of TransportOptions.SendQueueBytesMax before the connection is closed.</summary>
    internal const int SendQueueHardFactor = 4;

    /// <summary>How long a peer may take to say hello, in ns, so that mute connections do not use up the table.</summary>
    internal const long HelloNs = 5_000_000_000;

    /// <summary>How long a connection with a transfer of ours under way may be silent, in ns: its provider answers without its application.</summary>
    internal const long StallNs = 20_000_000_000;

    /// <summary>How long a closing connection tries to pass on what found the ring full, in ns.</summary>
    internal const long LingerNs = 200_000_000;

    /// <summary>Connections that the system may keep for us before we accept them, count.</summary>
    internal const int ListenBacklog = 1024;

    /// <summary>Characters of a name at most.</summary>
    internal const int NameLengthMax = 64;
}
