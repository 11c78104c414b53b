using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Devices;

/// <summary>
/// Formatting and looking at devices for whoever has no owner thread, a control plane that prepares storage: each call runs on a thread of its
/// own that ends with it. Any thread that is none of ours.
/// </summary>
public static class DeviceFormatting
{
    /// <summary>As <see cref="DeviceFormatter.RunAsync"/>; the sentence of a failure is in the options' report once the task ended.</summary>
    public static Task<DerResult<Guid>> FormatAsync(DeviceFormatOptions options) => RunAsync(loop => DeviceFormatter.RunAsync(loop, options));

    /// <summary>What is on a device, without changing anything; codes as <see cref="BlobDevice.OpenAsync"/>.</summary>
    /// <param name="path">A block device or a file.</param>
    /// <param name="report">Where the sentence of a failure is left.</param>
    public static Task<DerResult<DeviceDescription>> DescribeAsync(string path, StoreReport report) =>
        RunAsync(loop => BlobDevice.DescribeAsync(loop, new DeviceOpenOptions { Path = path, IsReadOnly = true, Report = report }));

    private static async Task<T> RunAsync<T>(Func<OwnerLoop, ValueTask<T>> body)
    {
        using Reactor.Reactor reactor = ReactorFactory.Create();
        var loop = new OwnerLoop("device", reactor, new OwnerLoopOptions());
        var thread = new OwnerLoopThread(loop);
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        thread.Start();
        Invariant.Check(loop.TryPost(new Work<T>(loop, body, done)));
        try
        {
            return await done.Task.ConfigureAwait(false);
        }
        finally
        {
            thread.StopAndJoin();
        }
    }

    private sealed class Work<T>(OwnerLoop loop, Func<OwnerLoop, ValueTask<T>> body, TaskCompletionSource<T> done) : WorkItem
    {
        protected override void Execute() => loop.Spawn(RunAsync());

        private async ValueTask RunAsync()
        {
            try
            {
                done.SetResult(await body(loop));
            }
            catch (ArgumentException exception)
            {
                // An option that is out of its range: the caller's.
                done.SetException(exception);
            }
        }
    }
}
