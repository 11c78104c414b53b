using System.Buffers;

namespace Daos.Fabric.Transport.Sockets.Buffers;

/// <summary>
/// A byte stream in segments whose writer and reader share one owner thread, so that it needs no synchronisation. The framing uses the
/// pointers below; <see cref="Writer"/> and <see cref="Reader"/> are the same stream under the contracts of System.IO.Pipelines.
/// </summary>
/// <param name="owner">The owner thread.</param>
/// <param name="pool">Where segments come from.</param>
internal sealed unsafe class SegmentBuffer(OwnerThread owner, SegmentPool pool)
{
    private SegmentWriter? _writer;
    private SegmentReader? _reader;

    /// <summary>The owner thread.</summary>
    internal OwnerThread Owner => owner;

    /// <summary>Where segments come from.</summary>
    internal SegmentPool Pool => pool;

    /// <summary>The oldest segment.</summary>
    internal Segment? Head { get; private set; }

    /// <summary>The segment that is written.</summary>
    internal Segment? Tail { get; private set; }

    /// <summary>Bytes written and not consumed.</summary>
    internal long LengthBytes { get; private set; }

    /// <summary>Bytes of its segments.</summary>
    internal long HeldBytes
    {
        get
        {
            long bytes = 0;
            for (Segment? segment = Head; segment is not null; segment = segment.Next)
            {
                bytes += segment.Capacity;
            }

            return bytes;
        }
    }

    /// <summary>The stream's writing end.</summary>
    internal SegmentWriter Writer => _writer ??= new SegmentWriter(this);

    /// <summary>The stream's reading end.</summary>
    internal SegmentReader Reader => _reader ??= new SegmentReader(this);

    /// <summary>The writing end when somebody uses it.</summary>
    internal SegmentWriter? WriterInUse => _writer;

    /// <summary>The reading end when somebody uses it.</summary>
    internal SegmentReader? ReaderInUse => _reader;

    /// <summary>
    /// Contiguous room at the end, at least <paramref name="bytesMin"/> (no more than a segment). Null when memory is short.
    /// </summary>
    internal byte* Reserve(int bytesMin)
    {
        Segment? tail = Tail;
        if (tail is null || tail.Capacity - tail.End < bytesMin)
        {
            Debug.Assert(bytesMin <= pool.SegmentBytes, "more than a segment");
            tail = Extend();
        }

        return tail is null ? null : tail.Address + tail.End;
    }

    /// <summary>Makes the first bytes of the reserved room part of the stream.</summary>
    internal void Commit(int bytes)
    {
        Segment tail = Tail!;
        Invariant.Check((uint)bytes <= (uint)(tail.Capacity - tail.End));
        tail.End += bytes;
        LengthBytes += bytes;
    }

    /// <summary>Removes bytes at the beginning; emptied segments return to the pool unless somebody holds them.</summary>
    internal void Consume(int bytes)
    {
        LengthBytes -= bytes;
        if (Head is { } first && bytes < first.End - first.Start)
        {
            first.Start += bytes;
            return;
        }

        while (bytes > 0)
        {
            Segment head = Head!;
            int here = Math.Min(bytes, head.End - head.Start);
            head.Start += here;
            bytes -= here;
            if (head.Start == head.End && (bytes > 0 || head.Next is not null))
            {
                DropHead();
            }
        }
    }

    /// <summary>Lets go of the segments when there is nothing in them, so that an idle stream holds no memory.</summary>
    internal void TrimWhenEmpty()
    {
        if (LengthBytes == 0)
        {
            TryDropEmptied();
        }
    }

    /// <summary>Drops everything.</summary>
    internal void Clear()
    {
        LengthBytes = 0;
        while (Head is not null)
        {
            DropHead();
        }
    }

    /// <summary>
    /// Makes the first bytes of the stream contiguous, with room behind them up to <paramref name="bytes"/>: a part of a frame at the end
    /// of a segment moves to a fresh one. False when memory is short.
    /// </summary>
    internal bool MakeContiguous(int bytes)
    {
        Segment head = Head!;
        int have = (int)Math.Min(bytes, LengthBytes);
        if (head.Capacity - head.Start >= bytes && head.End - head.Start >= have)
        {
            return true;
        }

        if (head.Next is null && head.Holders == 1 && head.Capacity >= bytes)
        {
            MoveToFront(head);
            return true;
        }

        return MoveToFresh(head, have);
    }

    /// <summary>
    /// Room to receive into. An empty stream starts <paramref name="offset"/> bytes (0 to 7) after a multiple of 8, so that frames lie in
    /// memory as they lie in the peer's stream. Null when memory is short.
    /// </summary>
    /// <param name="bytesMin">Less room is not worth a receive.</param>
    /// <param name="offset">Where the next byte stands.</param>
    /// <param name="small">An empty stream takes a small segment, if there is one, because little is expected.</param>
    internal byte* ReserveToReceive(int bytesMin, int offset, bool small = false)
    {
        if (LengthBytes > 0)
        {
            return Reserve(bytesMin);
        }

        if (Tail is null || Tail.IsSmall != small)
        {
            ChangeSize(small);
        }

        Segment? tail = Tail;
        int at = tail is null || tail.Holders == 1 ? offset : ((tail.End + 7) & ~7) + offset;
        if (tail is null || tail.Capacity - at < bytesMin)
        {
            tail = Extend();
            at = offset;
        }

        if (tail is null)
        {
            return null;
        }

        tail.Start = at;
        tail.End = at;
        return tail.Address + at;
    }

    /// <summary>The unconsumed bytes as a sequence, which stays valid until bytes are consumed.</summary>
    internal ReadOnlySequence<byte> ToSequence()
    {
        if (Head is null || LengthBytes == 0)
        {
            return default;
        }

        long index = 0;
        for (Segment? segment = Head; segment is not null; segment = segment.Next)
        {
            segment.Node.Show(index, segment.Next?.Node);
            index += segment.End - segment.Start;
        }

        return new ReadOnlySequence<byte>(Head.Node, 0, Tail!.Node, Tail.End - Tail.Start);
    }

    // Without a small segment to be had, a large one serves as well.
    private void ChangeSize(bool small)
    {
        if (!TryDropEmptied())
        {
            return;
        }

        if (small && pool.TryRentSmall() is { } segment)
        {
            Head = segment;
            Tail = segment;
        }
    }

    // What others keep messages of counts against the shared memory from now on; without room there the stream keeps it.
    private bool TryDropEmptied()
    {
        if (Tail is { Holders: > 1 } kept && !pool.TryShare(kept))
        {
            return false;
        }

        Clear();
        return true;
    }

    /// <summary>Replaces the emptied only segment, or appends one.</summary>
    private Segment? Extend()
    {
        Segment? tail = Tail;
        if (tail is not null && LengthBytes == 0)
        {
            if (tail.Holders == 1)
            {
                tail.Start = 0;
                tail.End = 0;
                return tail;
            }

            if (!TryDropEmptied())
            {
                return null;
            }

            tail = null;
        }

        Segment? fresh = pool.TryRent(shared: tail is not null);
        if (fresh is null)
        {
            return null;
        }

        if (tail is null)
        {
            Head = fresh;
        }
        else
        {
            tail.Next = fresh;
        }

        Tail = fresh;
        return fresh;
    }

    private static void MoveToFront(Segment head)
    {
        int length = head.End - head.Start;
        Buffer.MemoryCopy(head.Address + head.Start, head.Address, head.Capacity, length);
        head.Start = 0;
        head.End = length;
    }

    private bool MoveToFresh(Segment head, int have)
    {
        if (head.Holders > 1 && !pool.TryShare(head))
        {
            return false;
        }

        Segment? fresh = pool.TryRent(shared: head.Next is not null);
        if (fresh is null)
        {
            return false;
        }

        for (int copied = 0; copied < have;)
        {
            Segment from = Head!;
            int here = Math.Min(have - copied, from.End - from.Start);
            Buffer.MemoryCopy(from.Address + from.Start, fresh.Address + copied, here, here);
            from.Start += here;
            copied += here;
            if (from.Start == from.End)
            {
                DropHead();
            }
        }

        fresh.End = have;
        fresh.Next = Head;
        Head = fresh;
        Tail ??= fresh;
        return true;
    }

    private void DropHead()
    {
        Segment head = Head!;
        Head = head.Next;
        head.Next = null;
        if (Head is null)
        {
            Tail = null;
        }

        head.Release();
    }
}
