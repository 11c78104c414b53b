using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Store.Media;

/// <summary>
/// Equal buffers of a shard for data on its way to and from media, 4 KiB aligned. When none is idle callers wait in order. A shard has few
/// large ones and many small ones: small reads want a deep queue at the device. Owned by one owner thread.
/// </summary>
internal sealed class MediaBuffers : IDisposable
{
    /// <summary>Size of each large buffer.</summary>
    internal const int BufferBytes = 1 << 20;

    /// <summary>Size of each small buffer: a checksum chunk of the default size, wherever it starts in its block.</summary>
    internal const int SmallBufferBytes = 40 << 10;

    private readonly OwnerThread _owner;
    private readonly BufferPool _pool;
    private readonly Queue<Waiter> _waiting = new(StoreLimits.WaitersFirst);

    /// <param name="owner">Owner.</param>
    /// <param name="count">Number of buffers.</param>
    /// <param name="bufferBytes">Size of each, a multiple of 4 KiB.</param>
    internal MediaBuffers(OwnerThread owner, int count, int bufferBytes = BufferBytes)
    {
        _owner = owner;
        _pool = new BufferPool("media", bufferBytes, count);
    }

    /// <summary>Buffers that nobody holds.</summary>
    internal int IdleCount => _pool.IdleCount;

    /// <summary>Callers that wait.</summary>
    internal int WaitingCount => _waiting.Count;

    /// <summary>Buffers in total; a caller that needs more at once than this can never be served.</summary>
    internal int Capacity => _pool.Capacity;

    /// <summary>Takes a buffer at once, or null when others wait or all are held.</summary>
    internal OwnedBuffer? TryRent() => _waiting.Count > 0 ? null : _pool.TryRent(BufferPurpose.Media);

    /// <summary>Takes a buffer, in the order of asking. Hold no other buffer meanwhile, or two callers may wait for each other.</summary>
    internal ValueTask<OwnedBuffer> RentAsync()
    {
        if (TryRent() is { } buffer)
        {
            return new ValueTask<OwnedBuffer>(buffer);
        }

        Waiter waiter = Waiter.Rent(_owner);
        _waiting.Enqueue(waiter);
        return waiter.Task;
    }

    /// <summary>Gives a buffer back; the kernel must be done with it.</summary>
    internal void Return(OwnedBuffer buffer)
    {
        buffer.Return();
        if (_waiting.TryDequeue(out Waiter? waiter))
        {
            waiter.Finish(_pool.TryRent(BufferPurpose.Media)!);
        }
    }

    /// <summary>Frees the memory; every buffer must be back.</summary>
    public void Dispose()
    {
        Invariant.Check(_pool.IdleCount == _pool.Capacity);
        FreeMemory();
    }

    /// <summary>The same when a crash took those that held buffers.</summary>
    internal void FreeMemory() => _pool.Dispose();

    private sealed class Waiter(OwnerPool<Waiter> pool) : PooledOperation<OwnedBuffer>
    {
        internal static Waiter Rent(OwnerThread owner)
        {
            OwnerPool<Waiter> pool = OwnerPool<Waiter>.Of(owner);
            Waiter waiter = pool.Rent(pool, static home => new Waiter(home));
            waiter.Begin(owner);
            return waiter;
        }

        internal void Finish(OwnedBuffer buffer) => Complete(buffer);

        protected override void Release() => pool.Return(this);
    }
}
