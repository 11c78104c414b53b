using System.Buffers;

namespace Daos.Fabric.Client.Memory;

/// <summary>
/// Native memory rented from a <see cref="DaosSystem"/>: calls that are given memory of it need no pinning. The renter owns it until
/// <c>Dispose</c>, which must come after every call that uses the memory has completed. One thread at a time.
/// </summary>
public sealed unsafe class DaosBuffer : MemoryManager<byte>
{
    private NativeBlock? _block;

    internal DaosBuffer(NativeBlock block, int lengthBytes)
    {
        _block = block;
        LengthBytes = lengthBytes;
    }

    /// <summary>Size in bytes as asked for.</summary>
    public int LengthBytes { get; }

    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new(Block.Address, LengthBytes);

    /// <summary>Native memory never moves: this is free.</summary>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)LengthBytes);
        return new MemoryHandle(Block.Address + elementIndex);
    }

    /// <summary>Nothing to undo.</summary>
    public override void Unpin()
    {
    }

    /// <summary>Gives the memory back; a second call does nothing.</summary>
    protected override void Dispose(bool disposing)
    {
        Interlocked.Exchange(ref _block, null)?.Return();
    }

    private NativeBlock Block => _block ?? throw new ObjectDisposedException(nameof(DaosBuffer));
}
