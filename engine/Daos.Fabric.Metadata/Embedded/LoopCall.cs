namespace Daos.Fabric.Metadata.Embedded;

/// <summary>Runs a call on the owner thread of a store: at once when the caller is on it, else through its bounded inbox.</summary>
internal static class LoopCall
{
    /// <summary>The work's code; DER_BUSY when too many calls wait or the loop has ended.</summary>
    internal static Task<DerCode> RunAsync(OwnerLoop loop, Func<ValueTask<DerCode>> work) =>
        TryRun(loop, work) ?? Task.FromResult(DerCode.Busy);

    /// <summary>The work's result; DER_BUSY when too many calls wait or the loop has ended.</summary>
    internal static Task<DerResult<T>> RunAsync<T>(OwnerLoop loop, Func<ValueTask<DerResult<T>>> work) =>
        TryRun(loop, work) ?? Task.FromResult<DerResult<T>>(DerCode.Busy);

    /// <summary>Runs what gives something back: asks again while too many calls wait. A loop that has ended holds nothing to give back.</summary>
    internal static async Task RunAtLastAsync(OwnerLoop loop, Func<ValueTask<DerCode>> work)
    {
        while (!loop.HasEnded)
        {
            if (TryRun(loop, work) is { } call)
            {
                await call.ConfigureAwait(false);
                return;
            }

            await Task.Yield();
        }
    }

    /// <summary>The work's result, or null when too many calls wait or the loop has ended.</summary>
    internal static Task<T>? TryRun<T>(OwnerLoop loop, Func<ValueTask<T>> work) =>
        ReferenceEquals(OwnerThread.Current, loop) ? work().AsTask() : ForeignCall.TryRun(loop, work);
}
