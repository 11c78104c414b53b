namespace Daos.Fabric.Transport.SharedMemory.Rings;

/// <summary>
/// The sending end of a ring. A frame is written into free lines and published by one store of its header, so that a small one costs the
/// peer a single line. The only thing read from shared memory is the peer's head, which is checked. Owned by one owner thread.
/// </summary>
internal sealed unsafe class RingWriter
{
    private readonly byte* _lines;
    private readonly ulong* _sharedHead;
    private readonly uint _count;
    private ulong _tail;
    private ulong _head;
    private ulong* _held;
    private ulong _heldHeader;
    private int _heldLines;

    /// <param name="segment">The mapped segment.</param>
    /// <param name="ring">Which of its rings.</param>
    /// <param name="lines">Lines of a ring, a power of two.</param>
    internal RingWriter(byte* segment, int ring, int lines)
    {
        _lines = RingLayout.LinesOf(segment, ring, lines);
        _sharedHead = RingLayout.HeadOf(segment, ring);
        _count = (uint)lines;
    }

    /// <summary>True when the peer's head made no sense: it writes where it must not.</summary>
    internal bool IsBroken { get; private set; }

    /// <summary>Lines that the peer has not read, as last seen.</summary>
    internal uint UsedLines => (uint)(_tail - _head);

    /// <summary>Looks how far the peer has read; true when it is further than last seen.</summary>
    internal bool RefreshHead()
    {
        ulong head = Volatile.Read(ref *_sharedHead);
        if (head == _head)
        {
            return false;
        }

        // It moves forward only, and never past what was written.
        if (head - _head > _tail - _head)
        {
            IsBroken = true;
            return false;
        }

        _head = head;
        return true;
    }

    /// <summary>Where the payload of the next frame goes; null when the peer has to read first. Nothing is sent before <see cref="Publish"/>.</summary>
    internal byte* TryBegin(int payloadBytes)
    {
        uint needed = (uint)RingLayout.LinesOf(payloadBytes);
        uint index = (uint)_tail & (_count - 1);
        uint skip = index + needed > _count ? _count - index : 0;
        if (_count - UsedLines < needed + skip && !(RefreshHead() && _count - UsedLines >= needed + skip))
        {
            return null;
        }

        if (skip > 0)
        {
            Store(FrameKind.Skip, 0);
            _tail += skip;
            index = 0;
        }

        return _lines + ((long)index * RingLayout.LineBytes) + RingLayout.HeaderBytes;
    }

    /// <summary>
    /// Sends the frame begun, with the next <see cref="Release"/> at the latest. The first header of a batch is held back, so the peer does
    /// not touch the lines behind it while they are written.
    /// </summary>
    internal void Publish(FrameKind kind, int payloadBytes)
    {
        int lines = RingLayout.LinesOf(payloadBytes);
        Store(kind, payloadBytes);
        _tail += (uint)lines;
        _heldLines += lines;
        if (_heldLines >= Limits.LinesPerRelease)
        {
            Release();
        }
    }

    /// <summary>Shows the peer every frame sent so far.</summary>
    internal void Release()
    {
        if (_held is not null)
        {
            Volatile.Write(ref *_held, _heldHeader);
            _held = null;
        }

        _heldLines = 0;
    }

    private void Store(FrameKind kind, int payloadBytes)
    {
        var line = (ulong*)(_lines + ((long)((uint)_tail & (_count - 1)) * RingLayout.LineBytes));
        ulong header = RingLayout.Pack(kind, payloadBytes, _tail);
        if (_held is null)
        {
            _held = line;
            _heldHeader = header;
            return;
        }

        *line = header;
    }
}
