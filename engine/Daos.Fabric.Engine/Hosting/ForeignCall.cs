namespace Daos.Fabric.Engine.Hosting;

/// <summary>Runs a piece of administrative work on an xstream for a foreign thread, which gets a task: starting and stopping the engine.</summary>
internal static class ForeignCall
{
    /// <summary>The work's code; DER_BUSY when too many calls wait.</summary>
    internal static Task<DerCode> RunAsync(Xstream xstream, Func<ValueTask<DerCode>> work) =>
        ForeignCall<DerCode>.RunAsync(xstream, work, DerCode.Busy);

    /// <summary>The work's result; DER_BUSY when too many calls wait.</summary>
    internal static Task<DerResult<T>> RunAsync<T>(Xstream xstream, Func<ValueTask<DerResult<T>>> work) =>
        ForeignCall<DerResult<T>>.RunAsync(xstream, work, DerCode.Busy);
}

/// <summary>One such call, made per call.</summary>
internal sealed class ForeignCall<T> : WorkItem
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Xstream _xstream;
    private readonly Func<ValueTask<T>> _work;

    private ForeignCall(Xstream xstream, Func<ValueTask<T>> work)
    {
        _xstream = xstream;
        _work = work;
    }

    internal static Task<T> RunAsync(Xstream xstream, Func<ValueTask<T>> work, T refused)
    {
        var call = new ForeignCall<T>(xstream, work);
        if (!xstream.TryPost(call))
        {
            call._done.SetResult(refused);
        }

        return call._done.Task;
    }

    protected override void Execute() => _xstream.Spawn(ServeAsync());

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask ServeAsync()
    {
        try
        {
            _done.SetResult(await _work());
        }
        catch (Exception exception)
        {
            // The thread that waits gets it; it is not lost.
            _done.SetException(exception);
        }
    }
}
