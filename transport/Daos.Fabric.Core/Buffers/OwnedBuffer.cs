using System.Buffers;

namespace Daos.Fabric.Core.Buffers;

/// <summary>
/// One buffer of a <see cref="BufferPool"/>: page-aligned native memory with one owner at a time. Owned by the thread that owns the
/// pool; disposing returns it. Spans and memories taken from it are borrowed until then.
/// </summary>
public sealed unsafe class OwnedBuffer : MemoryManager<byte>
{
    private readonly BufferPool _pool;

    internal OwnedBuffer(BufferPool pool, byte* address, int lengthBytes, int index)
    {
        _pool = pool;
        Address = address;
        LengthBytes = lengthBytes;
        Index = index;
    }

    /// <summary>The first byte; fixed for the life of the pool.</summary>
    public byte* Address { get; }

    /// <summary>Size in bytes.</summary>
    public int LengthBytes { get; }

    /// <summary>Position in the pool, for reports and registered-buffer tables.</summary>
    public int Index { get; }

    /// <summary>Who holds the buffer; <see cref="BufferPurpose.None"/> when it lies in the pool.</summary>
    public BufferPurpose Purpose { get; internal set; }

    /// <summary>True once the pool has filled it with its poison (Checked builds).</summary>
    internal bool IsPoisoned { get; set; }

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        Debug.Assert(Purpose != BufferPurpose.None, "the buffer was returned");
        return new Span<byte>(Address, LengthBytes);
    }

    /// <summary>Native memory never moves.</summary>
    public override MemoryHandle Pin(int elementIndex = 0) => new(Address + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <summary>Returns the buffer to its pool.</summary>
    public void Return() => _pool.Return(this);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => Return();
}
