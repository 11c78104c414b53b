namespace Daos.Fabric.Transport.SharedMemory.Rings;

/// <summary>
/// The sending end of a ring. Small frames are gathered in private memory, as lines, and go into the ring together: each line that the peer
/// read last has to come back from its cache, and only stores to nothing else let many of them come at once. Large frames are written where
/// they lie. Where the header behind what is published is going to be, zero stands before, so that old payload is never taken for a header
/// and the reader need not write into lines that it gives back. The only thing read from shared memory is the peer's head, which is
/// checked. Owned by one owner thread.
/// </summary>
internal sealed unsafe class RingWriter
{
    private readonly byte* _lines;
    private readonly ulong* _sharedHead;
    private readonly uint _count;
    private readonly byte[] _memory = GC.AllocateUninitializedArray<byte>((Limits.LinesPerRelease + 1) * RingLayout.LineBytes, pinned: true);
    private readonly byte* _gathered;
    private ulong _tail;
    private ulong _head;
    private uint _gatheredLines;

    /// <param name="segment">The mapped segment.</param>
    /// <param name="ring">Which of its rings.</param>
    /// <param name="lines">Lines of a ring, a power of two.</param>
    internal RingWriter(byte* segment, int ring, int lines)
    {
        _lines = RingLayout.LinesOf(segment, ring, lines);
        _sharedHead = RingLayout.HeadOf(segment, ring);
        _count = (uint)lines;
        var memory = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory));
        _gathered = (byte*)((memory + RingLayout.LineBytes - 1) & ~(nuint)(RingLayout.LineBytes - 1));

        // What pads a line goes to the peer with it: never what stood in this memory before.
        Array.Clear(_memory);
    }

    /// <summary>True when the peer's head made no sense: it writes where it must not.</summary>
    internal bool IsBroken { get; private set; }

    /// <summary>Lines that the peer has not read, as last seen, with those that it was not shown yet.</summary>
    internal uint UsedLines => (uint)(_tail - _head);

    /// <summary>Looks how far the peer has read; true when it is further than last seen.</summary>
    internal bool RefreshHead()
    {
        ulong head = Volatile.Read(ref *_sharedHead);
        if (head == _head)
        {
            return false;
        }

        // It moves forward only, and never past what was shown.
        if (head - _head > _tail - _gatheredLines - _head)
        {
            IsBroken = true;
            return false;
        }

        _head = head;
        return true;
    }

    /// <summary>
    /// Where the payload of the next frame goes; null when the peer has to read first. Nothing is sent before <see cref="Publish"/>, and a
    /// further call before that gives room for another frame instead.
    /// </summary>
    internal byte* TryBegin(int payloadBytes)
    {
        uint needed = (uint)RingLayout.LinesOf(payloadBytes);
        uint index = (uint)_tail & (_count - 1);
        uint skip = index + needed > _count ? _count - index : 0;

        // One more for the zero behind the frame, which must not meet a frame that was not read.
        uint lines = needed + skip + 1;
        if (_count - UsedLines < lines && !(RefreshHead() && _count - UsedLines >= lines))
        {
            return null;
        }

        // What was gathered goes into lines in a row: it ends where the ring does.
        if (_gatheredLines + needed > Limits.LinesPerRelease || skip > 0 || index == 0)
        {
            Release();
        }

        if (skip > 0)
        {
            Show(FrameKind.Skip, 0, skip);
        }

        return (IsGathered(needed) ? GatheredEnd : LineAt(_tail)) + RingLayout.HeaderBytes;
    }

    /// <summary>True while the room of a small frame begun last is still the next frame's.</summary>
    internal bool IsNext(byte* room) => room == GatheredEnd + RingLayout.HeaderBytes;

    /// <summary>
    /// Room for the next frame in private memory, where it may be built; null when it is too large for that, or the peer has to read first.
    /// </summary>
    internal byte* TryBeginPrivately(int payloadBytesMax) =>
        IsGathered((uint)RingLayout.LinesOf(payloadBytesMax)) ? TryBegin(payloadBytesMax) : null;

    /// <summary>Sends the frame begun, with no longer payload than it was begun with: with the next <see cref="Release"/> at the latest.</summary>
    internal void Publish(FrameKind kind, int payloadBytes)
    {
        uint lines = (uint)RingLayout.LinesOf(payloadBytes);
        if (!IsGathered(lines))
        {
            Show(kind, payloadBytes, lines);
            return;
        }

        *(ulong*)GatheredEnd = RingLayout.Pack(kind, payloadBytes, _tail);
        _gatheredLines += lines;
        _tail += lines;
        if (_gatheredLines == Limits.LinesPerRelease)
        {
            Release();
        }
    }

    /// <summary>Shows the peer every frame sent so far.</summary>
    internal void Release()
    {
        if (_gatheredLines == 0)
        {
            return;
        }

        byte* first = LineAt(_tail - _gatheredLines);
        *(ulong*)LineAt(_tail) = 0;

        // The first line last, and its header after it, so that the peer stays out of the lines that are written.
        ulong header = *(ulong*)_gathered;
        *(ulong*)_gathered = 0;
        for (uint line = _gatheredLines; line-- > 0;)
        {
            Unsafe.CopyBlock(first + (line * RingLayout.LineBytes), _gathered + (line * RingLayout.LineBytes), RingLayout.LineBytes);
        }

        Volatile.Write(ref *(ulong*)first, header);
        _gatheredLines = 0;
    }

    private byte* GatheredEnd => _gathered + (_gatheredLines * RingLayout.LineBytes);

    private static bool IsGathered(uint lines) => lines <= Limits.LinesPerRelease;

    private byte* LineAt(ulong position) => _lines + ((long)((uint)position & (_count - 1)) * RingLayout.LineBytes);

    // A frame whose payload stands in the ring already. Nothing is gathered.
    private void Show(FrameKind kind, int payloadBytes, uint lines)
    {
        byte* line = LineAt(_tail);
        ulong header = RingLayout.Pack(kind, payloadBytes, _tail);
        _tail += lines;
        *(ulong*)LineAt(_tail) = 0;
        Volatile.Write(ref *(ulong*)line, header);
    }
}
