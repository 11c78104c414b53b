using Daos.Fabric.Client.Calls;
using Daos.Fabric.Client.Memory;
using Daos.Fabric.Client.Operations;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Rpc;
using Daos.Fabric.Rpc.Requests;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.Contexts;

/// <summary>
/// A client on one owner loop: connections to the targets of a system, sequence numbers, retries. Owned by that loop. An application may
/// own a loop, drive it itself and use the sessions that this context opens: their calls have no thread to cross. The SDK's
/// <see cref="DaosSystem"/> stands on the same context and adds the way in and out for other threads.
/// </summary>
public sealed partial class ClientContext : IDisposable
{
    private const long CloseLookNs = 1_000_000;

    private readonly Stack<ClientCall> _idleCalls = new();
    private readonly RetryBudget _budget;
    private readonly Guid _clientId;
    private readonly SeededRandom _ids;
    private readonly long _operationTimeoutNs;
    private readonly long _attemptTimeoutNs;

    private readonly bool _ownsBlocks;

    private TargetSession?[] _targets = [];
    private TargetSession? _system;
    private ulong _lastTransactionHlc;
    private int _callsMade;
    private int _running;
    private bool _closing;
    private bool _disposed;

    /// <param name="loop">The owner. It may not run yet, or this is called on it.</param>
    /// <param name="options">Time-outs, retries, limits.</param>
    /// <param name="providers">The kinds of wire to open on the loop.</param>
    /// <param name="random">Draws the client's id, remote keys and jitter; forked.</param>
    public ClientContext(OwnerLoop loop, DaosClientOptions options, IReadOnlyList<TransportProvider> providers, SeededRandom random)
        : this(loop, options, providers, random, new NativeBlockPool(options.LargeBufferBytesMax))
    {
        _ownsBlocks = true;
    }

    internal ClientContext(
        OwnerLoop loop,
        DaosClientOptions options,
        IReadOnlyList<TransportProvider> providers,
        SeededRandom random,
        NativeBlockPool blocks)
    {
        options.Validate();
        Loop = loop;
        Options = options;
        Blocks = blocks;
        _clientId = random.NextGuid();
        _ids = random.Fork();
        _budget = new RetryBudget(random.Fork(), options.Retry);
        _operationTimeoutNs = DaosClientOptions.ToNs(options.OperationTimeout);
        _attemptTimeoutNs = DaosClientOptions.ToNs(options.AttemptTimeout);
        Operations = new OperationPool(this);
        Rpc = new RpcContext(loop, RpcOptionsOf(options, random.Fork()), providers, hlc: null);
    }

    /// <summary>The owner.</summary>
    public OwnerLoop Loop { get; }

    /// <summary>The message layer below, for its figures.</summary>
    public RpcContext Rpc { get; }

    /// <summary>Running totals.</summary>
    public ClientStatistics Statistics { get; } = new();

    /// <summary>Time-outs, retries, limits.</summary>
    public DaosClientOptions Options { get; }

    internal NativeBlockPool Blocks { get; }

    internal OperationPool Operations { get; }

    /// <summary>Names a target for messages. Any thread.</summary>
    internal string DescribeTarget(int target) => target == ClientCall.SystemTarget
        ? $"{_system?.Endpoint.Uri}"
        : $"target {target}, {(target < _targets.Length ? _targets[target]?.Endpoint.Uri : null)}";

    /// <summary>A call for a session on this loop. Fails with null when as many are under way as the context may carry.</summary>
    internal ClientCall? TryRentCall()
    {
        Loop.Assert();
        if (_idleCalls.TryPop(out ClientCall? call))
        {
            return call;
        }

        if (_callsMade == ClientLimits.OperationsMax)
        {
            return null;
        }

        _callsMade++;
        return new ClientCall();
    }

    /// <summary>Takes a call back after its outcome was read.</summary>
    internal void ReturnCall(ClientCall call)
    {
        call.Release();
        _idleCalls.Push(call);
    }

    /// <summary>Makes a target known. Calls to it connect when they need to.</summary>
    internal DerCode AddTarget(int target, ushort tag, TransportUri uri)
    {
        DerResult<RpcEndpoint> endpoint = Rpc.EndpointOf(uri, tag);
        if (!endpoint.IsSuccess)
        {
            return endpoint.Code;
        }

        if (target == ClientCall.SystemTarget)
        {
            _system ??= new TargetSession(endpoint.Value);
            return DerCode.Success;
        }

        if (target >= _targets.Length)
        {
            Array.Resize(ref _targets, target + 1);
        }

        _targets[target] ??= new TargetSession(endpoint.Value);
        return DerCode.Success;
    }

    /// <summary>
    /// Ends the context in order: calls under way end with an error, their callers are answered, then everything is freed. On the owner loop;
    /// new calls must not come any more. False when calls were still under way after the time that a call may take.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<bool> CloseAsync()
    {
        Loop.Assert();
        Operations.Close();
        _closing = true;
        Rpc.Dispose();
        long deadlineNs = Loop.NowNs + _operationTimeoutNs;
        while (_running + Operations.Active > 0 && Loop.NowNs < deadlineNs)
        {
            await PauseOperation.Start(Loop, CloseLookNs).Task;
        }

        Dispose();
        return _running + Operations.Active == 0;
    }

    /// <summary>Frees everything. On the owner loop, or after it stopped; <see cref="CloseAsync"/> comes first when calls are under way.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_closing)
        {
            _closing = true;
            Rpc.Dispose();
        }

        Operations.Close();
        Operations.FreeIdle();
        while (_idleCalls.TryPop(out ClientCall? call))
        {
            call.Dispose();
        }

        if (_ownsBlocks)
        {
            Blocks.Dispose();
        }
    }

    private static RpcOptions RpcOptionsOf(DaosClientOptions options, SeededRandom random) => new()
    {
        Transport = new TransportOptions { Random = random },
        CreditsPerEndpoint = options.CreditsPerTarget,
        ConnectTimeoutNs = DaosClientOptions.ToNs(options.AttemptTimeout),
        CallTimeoutNs = DaosClientOptions.ToNs(options.OperationTimeout),
        SelfTest = false,
    };
}
