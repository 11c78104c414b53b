namespace Daos.Fabric.Transport.Sockets.Buffers;

/// <summary>Waits until there is something to read. Owned by the stream's owner thread; one per reader, reused.</summary>
internal sealed class ReadOperation : PooledOperation<bool>
{
    internal ValueTask<bool> Start(OwnerThread owner)
    {
        Begin(owner);
        return Task;
    }

    internal void Finish() => Complete(true);

    protected override void Release()
    {
    }
}
