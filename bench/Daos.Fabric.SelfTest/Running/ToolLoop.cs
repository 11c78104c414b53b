using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Rpc;
using Daos.Fabric.SelfTest.Options;
using Daos.Fabric.Transport.Ofi;
using Daos.Fabric.Transport.SharedMemory;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.SelfTest.Running;

/// <summary>The owner loop of the tool, which the main thread drives, with a context over every kind of wire. Owned by the main thread.</summary>
internal sealed class ToolLoop : IDisposable
{
    private readonly TransportProvider[] _providers;
    private readonly IdleSpinner _spinner;
    private readonly OwnerLoop _loop;
    private Exception? _unhandled;
    private long _waitNs;

    internal ToolLoop(ToolOptions options)
    {
        _loop = new OwnerLoop("self_test", ReactorFactory.Create(), new OwnerLoopOptions
        {
            Polling = options.Polling,
            OnUnhandled = (_, exception) => _unhandled ??= exception,
        });
        _spinner = new IdleSpinner(_loop.Options, _loop.Reactor.Statistics);
        var sockets = new SocketsProvider { Tls = options.Tls };
        _providers = OperatingSystem.IsLinux() && SharedMemoryProvider.IsAvailable
            ? [sockets, new SharedMemoryProvider(), new OfiProvider()]
            : [sockets, new OfiProvider()];
        Node = new RpcNode(Rank.None);
        Rpc = new RpcContext(
            _loop,
            new RpcOptions
            {
                Transport = new TransportOptions { Random = new SeededRandom(SystemEntropy.Seed()) },
                Node = Node,
                CreditsPerEndpoint = Math.Max(256, options.InFlight.Max()),
                SelfTest = false,
            },
            _providers,
            hlc: null);
    }

    internal RpcContext Rpc { get; }

    /// <summary>The ranks that were found.</summary>
    internal RpcNode Node { get; }

    /// <summary>Runs a ULT to its end on this thread.</summary>
    internal T Drive<T>(Func<ValueTask<T>> start)
    {
        Task<T> whole;
        using (_loop.Enter())
        {
            whole = start().AsTask();
        }

        while (!whole.IsCompleted && _unhandled is null)
        {
            _waitNs = _spinner.After(_loop.RunTurn(_waitNs), _loop.NowNs);
        }

        if (_unhandled is not null)
        {
            throw new InvalidOperationException($"unexpected failure: {_unhandled.Message}", _unhandled);
        }

        return whole.GetAwaiter().GetResult();
    }

    /// <summary>Memory that engines on this machine may map; ordinary memory where there is none.</summary>
    internal ToolMemory Rent(long lengthBytes)
    {
        ShareableRegion? region = ShareableRegion.TryCreate(lengthBytes);
        return new ToolMemory(_providers, region, region is null ? new NativeSlab(lengthBytes) : null);
    }

    public void Dispose()
    {
        Rpc.Dispose();
        _loop.Reactor.Dispose();
    }
}
