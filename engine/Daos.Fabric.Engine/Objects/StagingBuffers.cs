using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Xstreams.Waiting;

namespace Daos.Fabric.Engine.Objects;

/// <summary>
/// Native memory for values that travel by bulk and live in the arena. A handler holds at most one buffer and takes it before it holds
/// anything that others wait for, so waiting here always ends. Owned by one xstream.
/// </summary>
internal sealed class StagingBuffers(OwnerLoop loop) : IDisposable
{
    /// <summary>Size of a buffer: the arena values of one update, or a part of a fetch.</summary>
    public const int BufferBytes = 512 * 1024;

    private const int Count = 16;

    private readonly BufferPool _pool = new("object staging", BufferBytes, Count);
    private readonly UltSemaphore _free = new(loop, Count);

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _pool.Dispose();

    /// <summary>Takes a buffer, in turn.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<OwnedBuffer> RentAsync()
    {
        await _free.AcquireAsync();
        return _pool.TryRent(BufferPurpose.Bulk)!;
    }

    /// <summary>Gives a buffer back.</summary>
    public void Return(OwnedBuffer buffer)
    {
        buffer.Return();
        _free.Release();
    }
}
