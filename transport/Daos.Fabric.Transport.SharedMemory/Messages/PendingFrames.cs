namespace Daos.Fabric.Transport.SharedMemory.Messages;

/// <summary>
/// Frames that found the ring full, in order, in buffers of the context's store: a header as in the ring and the payload padded to 8; a
/// zero, or the buffer's end, follows the last. Owned by one owner thread.
/// </summary>
internal sealed unsafe class PendingFrames(SegmentStore store)
{
    private readonly Queue<OwnedBuffer> _buffers = new();
    private OwnedBuffer? _last;
    private int _readBytes;
    private int _writtenBytes;

    /// <summary>Bytes that wait, headers included.</summary>
    internal int LengthBytes { get; private set; }

    internal bool IsEmpty => LengthBytes == 0;

    /// <summary>Room for a frame's payload; null when memory is used up. It waits once this returned: fill it at once.</summary>
    internal byte* TryAppend(FrameKind kind, int payloadBytes)
    {
        int bytes = RecordBytes(payloadBytes);
        if (_last is null || bytes > _last.LengthBytes - _writtenBytes)
        {
            if (store.TryRentPending() is not { } buffer)
            {
                return null;
            }

            _buffers.Enqueue(buffer);
            _last = buffer;
            _writtenBytes = 0;
        }

        byte* record = _last.Address + _writtenBytes;
        *(ulong*)record = RingLayout.Pack(kind, payloadBytes, 0);
        _writtenBytes += bytes;
        LengthBytes += bytes;
        if (_writtenBytes < _last.LengthBytes)
        {
            *(ulong*)(_last.Address + _writtenBytes) = 0;
        }

        return record + RingLayout.HeaderBytes;
    }

    /// <summary>Moves what fits into the ring.</summary>
    internal void MoveTo(RingWriter ring)
    {
        while (LengthBytes > 0)
        {
            OwnedBuffer first = _buffers.Peek();
            byte* record = first.Address + _readBytes;
            ulong header = *(ulong*)record;
            int payloadBytes = RingLayout.LengthOf(header);
            byte* payload = ring.TryBegin(payloadBytes);
            if (payload is null)
            {
                return;
            }

            Unsafe.CopyBlockUnaligned(payload, record + RingLayout.HeaderBytes, (uint)payloadBytes);
            ring.Publish(RingLayout.KindOf(header), payloadBytes);
            int bytes = RecordBytes(payloadBytes);
            _readBytes += bytes;
            LengthBytes -= bytes;
            if (_readBytes == first.LengthBytes || *(ulong*)(first.Address + _readBytes) == 0)
            {
                Drop();
            }
        }
    }

    /// <summary>Forgets everything.</summary>
    internal void Clear()
    {
        while (_buffers.Count > 0)
        {
            Drop();
        }

        LengthBytes = 0;
    }

    private static int RecordBytes(int payloadBytes) => RingLayout.HeaderBytes + ((payloadBytes + 7) & ~7);

    private void Drop()
    {
        OwnedBuffer buffer = _buffers.Dequeue();
        if (ReferenceEquals(buffer, _last))
        {
            _last = null;
        }

        _readBytes = 0;
        store.ReturnPending(buffer);
    }
}
