namespace Daos.Fabric.Client.Operations;

/// <summary>Runs a piece of set-up work on an owner loop for a caller on another thread. Allocates; not for the data path.</summary>
internal static class PostedCall
{
    /// <summary>The work's result; the caller continues on the thread pool. Throws DER_AGAIN when too many calls wait or the loop has ended.</summary>
    internal static Task<T> RunAsync<T>(OwnerLoop loop, Func<ValueTask<T>> work) =>
        ForeignCall.TryRun(loop, work)
        ?? throw new DaosException(DerCode.Again, "post", loop.Name, "The inbox of the thread is full, or the thread has ended");
}
