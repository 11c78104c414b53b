using System.IO.Pipelines;

namespace Daos.Fabric.Transport.Sockets.Buffers;

/// <summary>A flush that waits for the reader to make room. Owned by the stream's owner thread; one per writer, reused.</summary>
internal sealed class FlushOperation : PooledOperation<FlushResult>
{
    internal ValueTask<FlushResult> Start(OwnerThread owner)
    {
        Begin(owner);
        return Task;
    }

    internal void Finish(FlushResult result) => Complete(result);

    protected override void Release()
    {
    }
}
