using System.Numerics;
using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Client.Memory;

/// <summary>
/// Large native blocks in classes of powers of two, kept for reuse, with one bound for all of them together: values above the eager limit
/// and buffers that applications rent. With a region, which engines on this machine may map, blocks lie in it: each class has a part as
/// large as the bound, of which only what is used has pages. Any thread.
/// </summary>
internal sealed unsafe class NativeBlockPool
{
    private const int ClassCount = 11;
    private const int IdlePerClassMax = 256;

    private readonly BoundedQueue<NativeBlock>[] _idle = new BoundedQueue<NativeBlock>[ClassCount];
    private readonly BoundedQueue<NativeBlock>[] _empty = new BoundedQueue<NativeBlock>[ClassCount];
    private readonly long[] _placed = new long[ClassCount];
    private readonly ShareableRegion? _region;
    private readonly long _bytesMax;
    private long _bytes;
    private int _disposed;

    /// <param name="bytesMax">Bytes of all blocks at most.</param>
    /// <param name="region">Of <see cref="RegionBytes"/>, taken: freed with the last block after <see cref="Dispose"/>. Null for none.</param>
    internal NativeBlockPool(long bytesMax, ShareableRegion? region = null)
    {
        _bytesMax = bytesMax;
        _region = region;
        for (int i = 0; i < ClassCount; i++)
        {
            _idle[i] = new BoundedQueue<NativeBlock>(IdlePerClassMax);
            _empty[i] = new BoundedQueue<NativeBlock>(IdlePerClassMax);
        }
    }

    /// <summary>Bytes allocated now, idle ones included.</summary>
    internal long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Size of a region that holds every block a pool of that bound may make; mostly addresses without pages.</summary>
    internal static long RegionBytes(long bytesMax) => ClassCount * PartBytes(bytesMax);

    /// <summary>A block of at least the given size, or null when the bound is reached or the size is above the largest class.</summary>
    internal NativeBlock? TryRent(int lengthBytes)
    {
        int sizeClass = ClassOf(lengthBytes);
        if (sizeClass >= ClassCount)
        {
            return null;
        }

        if (_idle[sizeClass].TryDequeue(out NativeBlock? block))
        {
            return block;
        }

        int blockBytes = ClientLimits.LargeBufferBytesMin << sizeClass;
        if (!TryReserve(blockBytes))
        {
            FreeIdle();
            if (!TryReserve(blockBytes))
            {
                return null;
            }
        }

        return _region is not null && _empty[sizeClass].TryDequeue(out NativeBlock? empty)
            ? empty
            : new NativeBlock(this, sizeClass, blockBytes, Place(sizeClass, blockBytes));
    }

    internal void Return(NativeBlock block)
    {
        if (Volatile.Read(ref _disposed) != 0 || !_idle[block.SizeClass].TryEnqueue(block))
        {
            Drop(block);
        }
        else if (Volatile.Read(ref _disposed) != 0)
        {
            // The pool ended between the look and the enqueue: whoever comes last sweeps.
            FreeIdle();
        }
    }

    /// <summary>Frees what is idle; blocks still rented are freed when they return.</summary>
    internal void Dispose()
    {
        Interlocked.Exchange(ref _disposed, 1);
        FreeIdle();
        FreeRegionWhenUnused();
    }

    private static long PartBytes(long bytesMax) => Math.Max(bytesMax, (long)ClientLimits.LargeBufferBytesMin << (ClassCount - 1));

    // The next place in the class's part; null when all were given out (their blocks are on their way back) or there is no region.
    private byte* Place(int sizeClass, int blockBytes)
    {
        long partBytes = PartBytes(_bytesMax);
        long offset = _region is null ? partBytes : (Interlocked.Increment(ref _placed[sizeClass]) - 1) * blockBytes;
        return offset + blockBytes > partBytes ? null : _region!.Address + (sizeClass * partBytes) + offset;
    }

    private static int ClassOf(int lengthBytes) =>
        lengthBytes <= ClientLimits.LargeBufferBytesMin ? 0
        : BitOperations.Log2((uint)(lengthBytes - 1)) - BitOperations.Log2((uint)ClientLimits.LargeBufferBytesMin) + 1;

    private bool TryReserve(int lengthBytes)
    {
        if (Interlocked.Add(ref _bytes, lengthBytes) <= _bytesMax)
        {
            return true;
        }

        Interlocked.Add(ref _bytes, -lengthBytes);
        return false;
    }

    private void FreeIdle()
    {
        foreach (BoundedQueue<NativeBlock> queue in _idle)
        {
            while (queue.TryDequeue(out NativeBlock? block))
            {
                Drop(block);
            }
        }
    }

    private void Drop(NativeBlock block)
    {
        if (block.IsInRegion)
        {
            // Its pages go back to the system, its place to the next block of its size.
            _region!.Discard(block.Address - _region.Address, block.LengthBytes);
            _ = _empty[block.SizeClass].TryEnqueue(block);
        }

        block.Dispose();
        Interlocked.Add(ref _bytes, -block.LengthBytes);
        if (Volatile.Read(ref _disposed) != 0)
        {
            FreeRegionWhenUnused();
        }
    }

    private void FreeRegionWhenUnused()
    {
        if (Volatile.Read(ref _bytes) == 0)
        {
            _region?.Dispose();
        }
    }
}
