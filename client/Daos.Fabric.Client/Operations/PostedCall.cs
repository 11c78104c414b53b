namespace Daos.Fabric.Client.Operations;

/// <summary>
/// Runs a piece of set-up work on an owner loop for a caller on another thread. Allocates; not for the data path. The caller's continuation
/// runs on the thread pool.
/// </summary>
internal sealed class PostedCall<T> : WorkItem
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly OwnerLoop _loop;
    private readonly Func<ValueTask<T>> _work;

    private PostedCall(OwnerLoop loop, Func<ValueTask<T>> work)
    {
        _loop = loop;
        _work = work;
    }

    /// <summary>Posts the work; DER_AGAIN when the loop's inbox is full.</summary>
    internal static Task<T> RunAsync(OwnerLoop loop, Func<ValueTask<T>> work)
    {
        var call = new PostedCall<T>(loop, work);
        if (!loop.TryPost(call))
        {
            throw new DaosException(DerCode.Again, "post", loop.Name, "The inbox of the thread is full");
        }

        return call._done.Task;
    }

    /// <inheritdoc/>
    protected override void Execute() => _loop.Spawn(RunAsync());

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask RunAsync()
    {
        try
        {
            _done.SetResult(await _work());
        }
        catch (Exception exception)
        {
            _done.SetException(exception);
        }
    }
}
