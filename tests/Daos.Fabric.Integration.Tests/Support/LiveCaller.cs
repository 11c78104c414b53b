using System.Runtime.ExceptionServices;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Core.Threading;
using Daos.Fabric.Reactor;
using Daos.Fabric.Rpc;
using Daos.Fabric.Transport;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Integration.Tests.Support;

/// <summary>A client's RPC context on a real loop and a thread of its own, which may live in another network namespace.</summary>
internal sealed class LiveCaller : IDisposable
{
    private readonly Thread _thread;
    private readonly TaskCompletionSource<OwnerLoop> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NetworkNamespace? _namespace;
    private volatile bool _ends;
    private RpcContext? _context;

    internal LiveCaller(NetworkNamespace? networkNamespace = null)
    {
        _namespace = networkNamespace;
        _thread = new Thread(Turn) { Name = "live-caller" };
        _thread.Start();
    }

    /// <summary>What it knows about ranks.</summary>
    internal RpcNode Node { get; } = new(Rank.None);

    /// <summary>Runs a ULT on its loop to its end.</summary>
    internal async Task<T> RunAsync<T>(Func<RpcContext, ValueTask<T>> body)
    {
        OwnerLoop loop = await _started.Task;
        var work = new Work<T>(this, loop, body);
        Assert.True(loop.TryPost(work));
        return await work.Ended.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public void Dispose()
    {
        _ends = true;
        if (_started.Task.IsCompletedSuccessfully)
        {
            _started.Task.Result.WakeIfSleeping();
        }

        _thread.Join();
    }

    // The loop is made where it runs: its sockets are those of this thread's namespace.
    private void Turn()
    {
        try
        {
            _namespace?.Enter();
            var loop = new OwnerLoop("live-caller", ReactorFactory.Create(), new OwnerLoopOptions { Polling = PollingPolicy.Sleep });
            var options = new RpcOptions { Transport = new TransportOptions { Random = new SeededRandom(11) }, Node = Node, SelfTest = false };
            _context = new RpcContext(loop, options, [new SocketsProvider()], hlc: null);
            _started.SetResult(loop);
            while (!_ends)
            {
                loop.RunTurn(50_000_000);
            }

            _context.Dispose();
            loop.Reactor.Dispose();
        }
        catch (Exception exception) when (!_started.Task.IsCompleted)
        {
            _started.SetException(exception);
        }
    }

    private sealed class Work<T>(LiveCaller caller, OwnerLoop loop, Func<RpcContext, ValueTask<T>> body) : WorkItem
    {
        private readonly TaskCompletionSource<T> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task<T> Ended => _ended.Task;

        protected override void Execute() => loop.Spawn(FollowAsync());

        private async ValueTask FollowAsync()
        {
            try
            {
                _ended.SetResult(await body(caller._context!));
            }
            catch (Exception exception)
            {
                _ended.SetException(ExceptionDispatchInfo.Capture(exception).SourceException);
            }
        }
    }
}
