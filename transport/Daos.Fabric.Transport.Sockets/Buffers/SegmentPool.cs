using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Transport.Sockets.Buffers;

/// <summary>
/// The receive and send segments of one context. Each connection is sure of a few; what it takes beyond comes from a shared part, so
/// that one connection cannot take the last memory of another. Small segments, one for each connection, are what idle connections
/// receive into. Owned by one owner thread.
/// </summary>
internal sealed class SegmentPool : IDisposable
{
    private const int FirstStep = 64;

    private readonly BufferPool _buffers;
    private readonly BufferPool _smallBuffers;
    private readonly Stack<Segment> _idle;
    private readonly Stack<Segment> _idleSmall;
    private readonly int _sharedMax;
    private int _sharedLeft;
    private int _held;
    private int _heldSmall;
    private bool _disposed;

    /// <param name="name">For leak reports.</param>
    /// <param name="segmentBytes">Room for the largest frame.</param>
    /// <param name="connectionsMax">Connections that may exist at once.</param>
    /// <param name="sharedBytes">Memory beyond what each connection is sure of.</param>
    /// <param name="perConnection">Segments that each connection is sure of.</param>
    internal SegmentPool(string name, int segmentBytes, int connectionsMax, int sharedBytes, int perConnection = Limits.SegmentsPerConnection)
    {
        _sharedMax = Math.Max(sharedBytes / segmentBytes, 4);
        _sharedLeft = _sharedMax;
        _buffers = new BufferPool(name, segmentBytes, (connectionsMax * perConnection) + _sharedMax);
        _smallBuffers = new BufferPool($"{name} idle", Limits.SmallSegmentBytes, connectionsMax);
        _idle = new Stack<Segment>(FirstStep);
        _idleSmall = new Stack<Segment>(FirstStep);
    }

    /// <summary>Bytes of each segment.</summary>
    internal int SegmentBytes => _buffers.BufferBytes;

    /// <summary>True when an eighth or less of the shared part is left.</summary>
    internal bool IsShort => _sharedLeft <= _sharedMax / 8;

    /// <summary>Segments that somebody holds.</summary>
    internal int HeldCount => _held + _heldSmall;

    /// <summary>Bytes of the segments that somebody holds.</summary>
    internal long HeldBytes => ((long)_held * _buffers.BufferBytes) + ((long)_heldSmall * _smallBuffers.BufferBytes);

    /// <summary>The most that <see cref="HeldBytes"/> can become.</summary>
    internal long LimitBytes => ((long)_buffers.Capacity * _buffers.BufferBytes) + ((long)_smallBuffers.Capacity * _smallBuffers.BufferBytes);

    /// <summary>Called when the shared part grew again after it was short.</summary>
    internal Action? Relieved { get; set; }

    /// <summary>An empty segment with one holder, or null when the shared part is used up.</summary>
    /// <param name="shared">True when the caller holds what it is sure of already.</param>
    internal Segment? TryRent(bool shared)
    {
        if (shared && !TryTakeShare())
        {
            return null;
        }

        if (_idle.Count == 0)
        {
            Make(_idle, _buffers, _held, isSmall: false);
        }

        _held++;
        return Ready(_idle.Pop(), shared);
    }

    /// <summary>An empty small segment with one holder; null while messages kept by the layer above hold too many of them.</summary>
    internal Segment? TryRentSmall()
    {
        if (_idleSmall.Count == 0 && _heldSmall < _smallBuffers.Capacity)
        {
            Make(_idleSmall, _smallBuffers, _heldSmall, isSmall: true);
        }

        if (!_idleSmall.TryPop(out Segment? segment))
        {
            return null;
        }

        _heldSmall++;
        return Ready(segment, shared: false);
    }

    /// <summary>Moves a segment that others hold too into the shared part, when there is room.</summary>
    internal bool TryShare(Segment segment)
    {
        if (segment.IsSmall)
        {
            // These have a limit of their own; whoever keeps them leaves others to receive into large ones.
            return true;
        }

        if (!segment.IsShared && !TryTakeShare())
        {
            return false;
        }

        segment.IsShared = true;
        return true;
    }

    /// <summary>Takes back a segment without holders.</summary>
    internal void Return(Segment segment)
    {
        if (segment.IsSmall)
        {
            _heldSmall--;
            _idleSmall.Push(segment);
            FreeWhenReturned();
            return;
        }

        _held--;
        _idle.Push(segment);
        if (segment.IsShared)
        {
            bool wasShort = IsShort;
            _sharedLeft++;
            if (wasShort)
            {
                Relieved?.Invoke();
            }
        }

        FreeWhenReturned();
    }

    /// <summary>What is held, for leak reports; empty when nothing leaks.</summary>
    internal string DescribeHeld() => HeldCount == 0 ? "" : $"{_buffers.Name}: {HeldCount} segments";

    /// <summary>Frees the memory once the last segment came back.</summary>
    public void Dispose()
    {
        _disposed = true;
        FreeWhenReturned();
    }

    // As many again as there are, and at least a few: the deepest use is reached by chance, long after the usual one, and must not allocate
    // then. Their memory is backed when it is first touched.
    private void Make(Stack<Segment> idle, BufferPool buffers, int made, bool isSmall)
    {
        int more = Math.Min(Math.Max(made, FirstStep), buffers.Capacity - made);
        Invariant.Check(more > 0);
        idle.EnsureCapacity(made + more);
        for (int i = 0; i < more; i++)
        {
            OwnedBuffer? buffer = buffers.TryRent(BufferPurpose.Receive);
            Invariant.Check(buffer is not null);
            idle.Push(new Segment(this, buffer, isSmall));
        }
    }

    private static Segment Ready(Segment segment, bool shared)
    {
        segment.IsShared = shared;
        segment.Start = 0;
        segment.End = 0;
        segment.Next = null;
        segment.AddHolder();
        return segment;
    }

    private bool TryTakeShare()
    {
        if (_sharedLeft == 0)
        {
            return false;
        }

        _sharedLeft--;
        return true;
    }

    private void FreeWhenReturned()
    {
        if (_disposed && HeldCount == 0)
        {
            _buffers.Dispose();
            _smallBuffers.Dispose();
        }
    }
}
