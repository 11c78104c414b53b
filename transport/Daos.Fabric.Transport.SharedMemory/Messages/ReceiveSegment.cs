namespace Daos.Fabric.Transport.SharedMemory.Messages;

/// <summary>Private memory that messages are copied into from the rings, one after the other. Owned by its context's owner thread.</summary>
internal sealed unsafe class ReceiveSegment(SegmentStore store, OwnedBuffer buffer) : MessageSegment
{
    /// <summary>The pool's buffer; returned when the store ends.</summary>
    internal OwnedBuffer Buffer { get; } = buffer;

    /// <summary>Bytes used.</summary>
    internal int UsedBytes { get; private set; }

    /// <summary>Makes it empty.</summary>
    internal void Reset() => UsedBytes = 0;

    /// <summary>Room for a message at a multiple of 8, or null when it does not fit.</summary>
    internal byte* TryTake(int lengthBytes)
    {
        if (lengthBytes > Buffer.LengthBytes - UsedBytes)
        {
            return null;
        }

        byte* address = Buffer.Address + UsedBytes;
        UsedBytes += (lengthBytes + 7) & ~7;
        return address;
    }

    protected override void Recycle() => store.Return(this);
}
