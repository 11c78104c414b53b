namespace Daos.Fabric.Metadata.Embedded;

/// <summary>
/// Runs a call on the owner thread of a store: at once when the caller is on it, else through its bounded inbox. Made per call.
/// </summary>
internal sealed class LoopCall<T> : WorkItem
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly OwnerLoop _loop;
    private readonly Func<ValueTask<T>> _work;

    private LoopCall(OwnerLoop loop, Func<ValueTask<T>> work)
    {
        _loop = loop;
        _work = work;
    }

    /// <summary>The work's result, or what is said when too many calls wait.</summary>
    internal static Task<T> RunAsync(OwnerLoop loop, Func<ValueTask<T>> work, T refused)
    {
        if (ReferenceEquals(OwnerThread.Current, loop))
        {
            return work().AsTask();
        }

        var call = new LoopCall<T>(loop, work);
        return loop.TryPost(call) ? call._done.Task : Task.FromResult(refused);
    }

    /// <inheritdoc/>
    protected override void Execute() => _loop.Spawn(ServeAsync());

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask ServeAsync()
    {
        try
        {
            _done.SetResult(await _work());
        }
        catch (Exception exception)
        {
            // Whoever waits gets it; it is not lost.
            _done.SetException(exception);
        }
    }
}
