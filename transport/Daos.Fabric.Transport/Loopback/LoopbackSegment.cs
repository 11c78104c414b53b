using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Transport.Loopback;

/// <summary>
/// Memory that a sender fills with messages and the receiver reads in place: records of a length (8 bytes) and a payload padded to 8.
/// Owned by the sender's owner thread while it is filled, then by the receiver's until its last holder released it.
/// </summary>
internal sealed unsafe class LoopbackSegment : MessageSegment
{
    /// <summary>Bytes before each message.</summary>
    internal const int RecordHeaderBytes = 8;

    private readonly OwnedBuffer _buffer;

    /// <param name="home">The context whose pool the memory came from.</param>
    /// <param name="buffer">Taken; returned with the segment.</param>
    internal LoopbackSegment(LoopbackContext home, OwnedBuffer buffer)
    {
        Home = home;
        _buffer = buffer;
        Address = buffer.Address;
        Handover = new HandoverItem(this);
        WayHome = new ReturnItem(this);
    }

    /// <summary>The context that it returns to.</summary>
    internal LoopbackContext Home { get; }

    internal byte* Address { get; }

    internal OwnedBuffer Buffer => _buffer;

    /// <summary>Bytes written.</summary>
    internal int UsedBytes { get; set; }

    /// <summary>Bytes delivered.</summary>
    internal int ReadBytes { get; set; }

    /// <summary>The sender's connection, whose queue the bytes count against.</summary>
    internal LoopbackConnection? Sender { get; set; }

    internal LoopbackSegment? Next { get; set; }

    /// <summary>The receiver's way back to <see cref="Home"/>; null on one owner thread.</summary>
    internal LoopbackOutbox? ReturnPath { get; set; }

    /// <summary>Carries the segment to the receiver's owner thread.</summary>
    internal WorkItem Handover { get; }

    /// <summary>Carries it back.</summary>
    internal WorkItem WayHome { get; }

    /// <summary>The size of a record on the segment.</summary>
    internal static int RecordBytes(int lengthBytes) => RecordHeaderBytes + ((lengthBytes + 7) & ~7);

    protected override void Recycle()
    {
        if (ReturnPath is { } path)
        {
            ReturnPath = null;
            path.Post(WayHome);
        }
        else
        {
            Home.Return(this);
        }
    }

    private sealed class HandoverItem(LoopbackSegment segment) : WorkItem
    {
        protected override void Execute() => ((CrossConnection)segment.Sender!).Other.Receive(segment);
    }

    private sealed class ReturnItem(LoopbackSegment segment) : WorkItem
    {
        protected override void Execute() => segment.Home.Return(segment);
    }
}
