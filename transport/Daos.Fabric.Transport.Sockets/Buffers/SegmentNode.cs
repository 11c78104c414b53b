using System.Buffers;

namespace Daos.Fabric.Transport.Sockets.Buffers;

/// <summary>Shows a segment's unconsumed bytes as a part of a <see cref="ReadOnlySequence{T}"/>. Owned by one owner thread.</summary>
internal sealed class SegmentNode(Segment segment) : ReadOnlySequenceSegment<byte>
{
    /// <summary>The segment.</summary>
    internal Segment Segment => segment;

    /// <summary>Takes the segment's present bytes and place.</summary>
    internal void Show(long runningIndex, SegmentNode? next)
    {
        Memory = segment.Memory[segment.Start..segment.End];
        RunningIndex = runningIndex;
        Next = next;
    }
}
