using Daos.Fabric.Core.Errors;

namespace Daos.Fabric.Core.Buffers;

/// <summary>
/// A fixed number of equal, page-aligned native buffers, carved from one slab. Owned by one owner thread. An empty pool returns null:
/// the caller queues or answers DER_AGAIN, it never allocates instead. Pages are touched only when first used.
/// </summary>
public sealed unsafe class BufferPool : IDisposable
{
    private const byte Poison = 0xDB;
    private const int PoisonBytes = 256;

    // Buffers from here on go to devices and sockets whole, and their pools are small: a few large pages more cost nothing.
    private const int LargeBufferBytes = 256 << 10;

    private readonly OwnedBuffer[] _all;
    private readonly OwnedBuffer[] _idle;
    private readonly NativeSlab? _slab;
    private int _idleCount;

    /// <param name="name">For leak reports.</param>
    /// <param name="bufferBytes">Size of each buffer; rounded up to 64 bytes (to a page from 4 KiB on).</param>
    /// <param name="count">Number of buffers: the sum of what its consumers may hold.</param>
    /// <param name="region">Memory that peers may map, borrowed until disposal and large enough; null takes memory of its own.</param>
    public BufferPool(string name, int bufferBytes, int count, ShareableRegion? region = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bufferBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Name = name;
        int align = bufferBytes >= NativeSlab.PageBytes ? NativeSlab.PageBytes : 64;
        BufferBytes = (bufferBytes + align - 1) / align * align;
        long totalBytes = (long)BufferBytes * count;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(totalBytes, region?.LengthBytes ?? long.MaxValue);
        _slab = region is null ? new NativeSlab(totalBytes, preferHugePages: BufferBytes >= LargeBufferBytes) : null;
        byte* address = region is null ? _slab!.Address : region.Address;
        _all = new OwnedBuffer[count];
        _idle = new OwnedBuffer[count];
        for (int i = 0; i < count; i++)
        {
            _all[i] = new OwnedBuffer(this, address + ((long)i * BufferBytes), BufferBytes, i);
            _idle[count - 1 - i] = _all[i];
        }

        _idleCount = count;
    }

    /// <summary>For leak reports.</summary>
    public string Name { get; }

    /// <summary>Size of each buffer in bytes.</summary>
    public int BufferBytes { get; }

    /// <summary>Buffers in the pool now.</summary>
    public int IdleCount => _idleCount;

    /// <summary>Buffers in total.</summary>
    public int Capacity => _all.Length;

    /// <summary>Takes a buffer, or null when all are held.</summary>
    public OwnedBuffer? TryRent(BufferPurpose purpose)
    {
        Debug.Assert(purpose != BufferPurpose.None, "a renter names itself");
        if (_idleCount == 0)
        {
            return null;
        }

        OwnedBuffer buffer = _idle[--_idleCount];
        CheckPoison(buffer);
        buffer.Purpose = purpose;
        return buffer;
    }

    /// <summary>One line per purpose that holds buffers; empty when nothing leaks.</summary>
    public string DescribeHeld()
    {
        var held = _all.Where(b => b.Purpose != BufferPurpose.None).GroupBy(b => b.Purpose).Select(g => $"{Name}: {g.Count()} x {g.Key}");
        return string.Join(Environment.NewLine, held);
    }

    /// <summary>Frees its own memory. Every buffer must have been returned.</summary>
    public void Dispose() => _slab?.Dispose();

    internal void Return(OwnedBuffer buffer)
    {
        Invariant.Check(buffer.Purpose != BufferPurpose.None);
        PoisonReturned(buffer);
        buffer.Purpose = BufferPurpose.None;
        _idle[_idleCount++] = buffer;
    }

    [Conditional("CHECKED")]
    private static void PoisonReturned(OwnedBuffer buffer)
    {
        new Span<byte>(buffer.Address, Math.Min(buffer.LengthBytes, PoisonBytes)).Fill(Poison);
        buffer.IsPoisoned = true;
    }

    // A write after the return is somebody's use after free: the kernel's, a device's or our own.
    [Conditional("CHECKED")]
    private static void CheckPoison(OwnedBuffer buffer)
    {
        if (buffer.IsPoisoned)
        {
            var poison = new ReadOnlySpan<byte>(buffer.Address, Math.Min(buffer.LengthBytes, PoisonBytes));
            Invariant.Check(!poison.ContainsAnyExcept(Poison));
        }
    }
}
