using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Transport.Sockets.Buffers;

/// <summary>
/// A piece of a byte stream in native memory: bytes before <see cref="Start"/> were consumed, up to <see cref="End"/> written. Counted by
/// its holders: the stream, and whoever retained a message in it. Owned by one owner thread.
/// </summary>
internal sealed unsafe class Segment : MessageSegment
{
    private readonly SegmentPool _pool;
    private readonly OwnedBuffer _buffer;

    internal Segment(SegmentPool pool, OwnedBuffer buffer, bool isSmall)
    {
        _pool = pool;
        _buffer = buffer;
        IsSmall = isSmall;
        Address = buffer.Address;
        Node = new SegmentNode(this);
    }

    /// <summary>First byte of the memory.</summary>
    internal byte* Address { get; }

    /// <summary>Size of the memory in bytes.</summary>
    internal int Capacity => _buffer.LengthBytes;

    /// <summary>Offset of the first byte that was not consumed.</summary>
    internal int Start { get; set; }

    /// <summary>Offset after the last byte that was written.</summary>
    internal int End { get; set; }

    /// <summary>True for one of those that idle connections receive into.</summary>
    internal bool IsSmall { get; }

    /// <summary>True when it counts against the memory that connections share.</summary>
    internal bool IsShared { get; set; }

    /// <summary>The stream's next segment.</summary>
    internal Segment? Next { get; set; }

    /// <summary>The segment as a part of a sequence.</summary>
    internal SegmentNode Node { get; }

    /// <summary>The memory as the pipe contracts want it.</summary>
    internal Memory<byte> Memory => _buffer.Memory;

    protected override void Recycle() => _pool.Return(this);
}
