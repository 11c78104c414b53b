namespace Daos.Fabric.Engine.Hosting;

/// <summary>
/// Runs a piece of administrative work on an xstream for a foreign thread, which gets a task: starting and stopping the engine. Made per
/// call.
/// </summary>
internal sealed class ForeignCall : WorkItem
{
    private readonly TaskCompletionSource<DerCode> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Xstream _xstream;
    private readonly Func<ValueTask<DerCode>> _work;

    private ForeignCall(Xstream xstream, Func<ValueTask<DerCode>> work)
    {
        _xstream = xstream;
        _work = work;
    }

    internal static Task<DerCode> RunAsync(Xstream xstream, Func<ValueTask<DerCode>> work)
    {
        var call = new ForeignCall(xstream, work);
        if (!xstream.TryPost(call))
        {
            call._done.SetResult(DerCode.Busy);
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
