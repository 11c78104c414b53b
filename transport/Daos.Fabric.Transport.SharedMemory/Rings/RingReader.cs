using System.Runtime.Intrinsics.X86;

namespace Daos.Fabric.Transport.SharedMemory.Rings;

/// <summary>
/// The receiving end of a ring. A header is read once, as 8 bytes, and judged from that copy; the payload is copied out by whoever reads
/// it, so the peer may change the lines at any time and harms only itself. Lines are only read: a store would cost the peer each of them
/// once more. Owned by one owner thread.
/// </summary>
internal sealed unsafe class RingReader
{
    private readonly byte* _lines;
    private readonly ulong* _sharedHead;
    private readonly uint _count;
    private readonly int _payloadBytesMax;
    private ulong _head;
    private ulong _published;

    /// <param name="segment">The mapped segment.</param>
    /// <param name="ring">Which of its rings.</param>
    /// <param name="lines">Lines of a ring, a power of two.</param>
    /// <param name="payloadBytesMax">The longest frame that the peer may send.</param>
    internal RingReader(byte* segment, int ring, int lines, int payloadBytesMax)
    {
        _lines = RingLayout.LinesOf(segment, ring, lines);
        _sharedHead = RingLayout.HeadOf(segment, ring);
        _count = (uint)lines;
        _payloadBytesMax = payloadBytesMax;
    }

    /// <summary>True when a frame may be read. The peer's word for it, nothing was checked.</summary>
    internal bool HasFrame => RingLayout.IsPublished(Volatile.Read(ref *HeaderAddress), _head);

    /// <summary>True when lines were read that the peer was not told of.</summary>
    internal bool HasUnpublished => _head != _published;

    private ulong* HeaderAddress => (ulong*)(_lines + ((long)((uint)_head & (_count - 1)) * RingLayout.LineBytes));

    /// <summary>
    /// The next frame: its kind, or <see cref="FrameKind.None"/> when there is none. False when the header breaks the layout: nothing more
    /// can be read then.
    /// </summary>
    internal bool TryRead(out FrameKind kind, out byte* payload, out int payloadBytes)
    {
        payload = null;
        payloadBytes = 0;
        for (int frames = 0; ; frames++)
        {
            ulong* address = HeaderAddress;
            ulong header = Volatile.Read(ref *address);
            kind = FrameKind.None;
            if (!RingLayout.IsPublished(header, _head))
            {
                return true;
            }

            kind = RingLayout.KindOf(header);
            uint index = (uint)_head & (_count - 1);
            if (kind == FrameKind.Skip)
            {
                // One skip leads to line 0, where none can be.
                if (RingLayout.LengthOf(header) != 0 || index == 0 || frames > 0)
                {
                    return false;
                }

                _head += _count - index;
                continue;
            }

            payloadBytes = RingLayout.LengthOf(header);
            payload = (byte*)address + RingLayout.HeaderBytes;
            int lines = RingLayout.LinesOf(payloadBytes);
            FetchAhead((byte*)address + ((long)lines * RingLayout.LineBytes), lines);
            return payloadBytes <= _payloadBytesMax && index + (uint)lines <= _count;
        }
    }

    /// <summary>Gives the lines of the frame just read back, with the next <see cref="PublishHead"/>.</summary>
    internal void Consume(int payloadBytes) => _head += (uint)RingLayout.LinesOf(payloadBytes);

    /// <summary>Tells the peer how far was read.</summary>
    internal void PublishHead()
    {
        _published = _head;
        Volatile.Write(ref *_sharedHead, _head);
    }

    // The next small frame lies in the writer's cache. Asked for now, it is here when this one was looked at; an address outside the ring
    // does no harm. Calls in a row are alike, and more lines than the next has would be taken from a peer that is about to write them.
    private static void FetchAhead(byte* next, int lines)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(next);
            if (lines > 1)
            {
                Sse.Prefetch0(next + RingLayout.LineBytes);
            }

            if (lines > 2)
            {
                Sse.Prefetch0(next + (2 * RingLayout.LineBytes));
            }
        }
    }
}
