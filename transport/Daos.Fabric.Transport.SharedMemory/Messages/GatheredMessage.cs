namespace Daos.Fabric.Transport.SharedMemory.Messages;

/// <summary>A message that was copied out of a ring and not delivered yet. It holds its segment. Owned by its context's owner thread.</summary>
internal readonly unsafe struct GatheredMessage(byte* address, int lengthBytes, ReceiveSegment segment)
{
    /// <summary>First byte.</summary>
    internal readonly byte* Address = address;

    /// <summary>Length in bytes.</summary>
    internal readonly int LengthBytes = lengthBytes;

    /// <summary>Where it lies.</summary>
    internal readonly ReceiveSegment Segment = segment;
}
