using Daos.Fabric.Core.Threading;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Tool;

/// <summary>An owner loop that the calling thread turns until one piece of work is done. One thread.</summary>
internal sealed class ToolLoop : IDisposable
{
    private const long WaitNs = 10_000_000;

    internal ToolLoop() => Loop = new OwnerLoop("dstore", ReactorFactory.Create(), new OwnerLoopOptions());

    internal OwnerLoop Loop { get; }

    /// <summary>Runs it to its end; what it throws comes out here.</summary>
    internal T Run<T>(Func<ValueTask<T>> body)
    {
        var work = new Work<T>(Loop, body);
        if (!Loop.TryPost(work))
        {
            throw new InvalidOperationException("a loop that nobody uses takes its first work");
        }

        while (!work.IsDone)
        {
            Loop.RunTurn(WaitNs);
        }

        work.Failure?.Throw();
        return work.Result!;
    }

    public void Dispose() => Loop.Reactor.Dispose();

    private sealed class Work<T>(OwnerLoop loop, Func<ValueTask<T>> body) : WorkItem
    {
        internal bool IsDone { get; private set; }

        internal T? Result { get; private set; }

        internal System.Runtime.ExceptionServices.ExceptionDispatchInfo? Failure { get; private set; }

        protected override void Execute() => loop.Spawn(RunAsync());

        private async ValueTask RunAsync()
        {
            try
            {
                Result = await body();
            }
            catch (Exception exception)
            {
                // It belongs to the caller of Run, on the same thread.
                Failure = System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(exception);
            }

            IsDone = true;
        }
    }
}
