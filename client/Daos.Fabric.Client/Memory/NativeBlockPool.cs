using System.Numerics;

namespace Daos.Fabric.Client.Memory;

/// <summary>
/// Large native blocks in classes of powers of two, kept for reuse, with one bound for all of them together: values above the eager limit
/// and buffers that applications rent. Any thread.
/// </summary>
internal sealed class NativeBlockPool
{
    private const int ClassCount = 11;
    private const int IdlePerClassMax = 256;

    private readonly BoundedQueue<NativeBlock>[] _idle = new BoundedQueue<NativeBlock>[ClassCount];
    private readonly long _bytesMax;
    private long _bytes;
    private int _disposed;

    internal NativeBlockPool(long bytesMax)
    {
        _bytesMax = bytesMax;
        for (int i = 0; i < ClassCount; i++)
        {
            _idle[i] = new BoundedQueue<NativeBlock>(IdlePerClassMax);
        }
    }

    /// <summary>Bytes allocated now, idle ones included.</summary>
    internal long Bytes => Volatile.Read(ref _bytes);

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

        return new NativeBlock(this, sizeClass, blockBytes);
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
        block.Dispose();
        Interlocked.Add(ref _bytes, -block.LengthBytes);
    }
}
