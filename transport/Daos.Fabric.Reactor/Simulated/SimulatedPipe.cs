using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// One direction of a connection: a ring of bytes, the older part of which has arrived, and the segments under way in order. As an event
/// it stands for the arrival of the oldest segment. Owned by the simulator's thread.
/// </summary>
internal sealed unsafe class SimulatedPipe(SimulatedNetwork network, SeededRandom random, SimulatedSocket from, SimulatedSocket to)
    : SimulatedEvent
{
    private readonly byte[] _ring = new byte[network.Options.SocketBufferBytes];
    private readonly Queue<Segment> _underWay = new();
    private int _head;
    private int _count;
    private long _lastDueNs;
    private long _blockedSinceNs = -1;

    /// <summary>Bytes that have arrived and were not read.</summary>
    internal int ReadableBytes { get; private set; }

    /// <summary>The sender's end was read.</summary>
    internal bool EndArrived { get; private set; }

    /// <summary>Nothing passes any more.</summary>
    internal bool IsLost { get; set; }

    internal int RoomBytes => _ring.Length - _count;

    internal bool HasUnread => _count > 0;

    /// <summary>Takes up to a number of bytes from the pieces and puts them on their way.</summary>
    internal void Push(SimulatedRequest send, int lengthBytes)
    {
        int left = lengthBytes;
        for (int i = 0; i < send.PieceCount && left > 0; i++)
        {
            int take = (int)Math.Min((nuint)left, send.Pieces[i].LengthBytes);
            CopyIn(new ReadOnlySpan<byte>(send.Pieces[i].Address, take));
            left -= take;
        }

        int segments = random.Chance(network.Options.SplitChance) ? 1 + random.Next(4) : 1;
        for (int rest = lengthBytes; rest > 0; segments--)
        {
            int part = segments <= 1 ? rest : 1 + random.Next(rest);
            Depart(new Segment(part, Ends: false));
            rest -= part;
        }
    }

    /// <summary>Puts the end of the stream on its way, behind the bytes.</summary>
    internal void PushEnd() => Depart(new Segment(0, Ends: true));

    /// <summary>Copies out bytes that have arrived.</summary>
    internal void Pull(byte* destination, int lengthBytes)
    {
        Invariant.Check(lengthBytes <= ReadableBytes);
        int first = Math.Min(lengthBytes, _ring.Length - _head);
        _ring.AsSpan(_head, first).CopyTo(new Span<byte>(destination, first));
        _ring.AsSpan(0, lengthBytes - first).CopyTo(new Span<byte>(destination + first, lengthBytes - first));
        _head = (_head + lengthBytes) % _ring.Length;
        _count -= lengthBytes;
        ReadableBytes -= lengthBytes;
    }

    /// <summary>Nothing that is under way arrives any more.</summary>
    internal void DropUnderWay()
    {
        Revoke();
        _underWay.Clear();
        _count = ReadableBytes;
    }

    protected internal override void Fire()
    {
        if (IsLost || !to.CanBeReached || network.Links.IsCut(from.Node, to.Node))
        {
            RetransmitLater();
            return;
        }

        if (to.IsClosed)
        {
            // Closed, killed, or its machine is back and knows nothing of the connection.
            DropUnderWay();
            from.Break(Errno.ConnectionReset);
            return;
        }

        _blockedSinceNs = -1;
        Segment segment = _underWay.Dequeue();
        ReadableBytes += segment.LengthBytes;
        EndArrived |= segment.Ends;
        if (_underWay.TryPeek(out Segment next))
        {
            network.Schedule(this, Math.Max(0, next.DueNs - network.NowNs));
        }

        network.ExpectAcknowledgement(from);
        network.MixDelivery(to, segment.LengthBytes);
        to.TryReceive();
    }

    private void RetransmitLater()
    {
        if (_blockedSinceNs < 0)
        {
            _blockedSinceNs = network.NowNs;
        }

        if (network.NowNs - _blockedSinceNs >= network.Options.RetransmitLimitNs)
        {
            DropUnderWay();
            from.Break(Errno.TimedOut);
            return;
        }

        network.Schedule(this, network.Options.RetransmitNs);
    }

    private void Depart(Segment segment)
    {
        _lastDueNs = Math.Max(_lastDueNs, network.NowNs + network.DrawDelayNs(random));
        _underWay.Enqueue(segment with { DueNs = _lastDueNs });
        if (!IsScheduled)
        {
            network.Schedule(this, _lastDueNs - network.NowNs);
        }
    }

    private void CopyIn(ReadOnlySpan<byte> bytes)
    {
        int tail = (_head + _count) % _ring.Length;
        int first = Math.Min(bytes.Length, _ring.Length - tail);
        bytes[..first].CopyTo(_ring.AsSpan(tail));
        bytes[first..].CopyTo(_ring);
        _count += bytes.Length;
    }

    private readonly record struct Segment(int LengthBytes, bool Ends, long DueNs = 0);
}
