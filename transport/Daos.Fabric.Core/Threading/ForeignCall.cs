namespace Daos.Fabric.Core.Threading;

/// <summary>
/// Runs a piece of administrative work on an owner thread for a caller on another thread, who gets a task: starting, stopping, set-up.
/// Allocates per call; not for data paths.
/// </summary>
public static class ForeignCall
{
    /// <summary>
    /// Posts the work, which runs as a ULT on the owner. Any thread. What the work returns or throws comes out of the task, whose
    /// continuation runs on the thread pool. Null when the owner's inbox is full or its last turn has run; the work is not run then.
    /// Who ends an owner waits for its callers first: what is still in the inbox then never completes.
    /// </summary>
    public static Task<T>? TryRun<T>(OwnerThread owner, Func<ValueTask<T>> work)
    {
        var call = new Call<T>(owner, work);
        return !owner.HasEnded && owner.TryPost(call) ? call.Done : null;
    }

    private sealed class Call<T>(OwnerThread owner, Func<ValueTask<T>> work) : WorkItem
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task<T> Done => _done.Task;

        protected internal override void Execute() => owner.Spawn(ServeAsync());

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask ServeAsync()
        {
            try
            {
                _done.SetResult(await work());
            }
            catch (Exception exception)
            {
                // The thread that waits gets it; it is not lost.
                _done.SetException(exception);
            }
        }
    }
}
