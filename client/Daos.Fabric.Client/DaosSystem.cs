using System.Runtime.CompilerServices;
using Daos.Fabric.Client.Calls;
using Daos.Fabric.Client.Contexts;
using Daos.Fabric.Client.Memory;
using Daos.Fabric.Client.Operations;
using Daos.Fabric.Client.Pools;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Pools;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Client;

/// <summary>
/// A DAOS system as an application sees it: pools, and through them containers and objects. Any thread, any number of calls at once; one
/// instance per application is enough. Continuations run where their await asked, never on the threads that carry the data.
/// </summary>
public sealed partial class DaosSystem : IAsyncDisposable
{
    private readonly ClientContext[] _contexts;
    private readonly Func<int, int> _contextOfTarget;
    private readonly Func<ValueTask> _close;
    private int _disposed;

    /// <param name="contexts">Every context; the first one serves the system's own services.</param>
    /// <param name="contextOfTarget">Which of them serves a target.</param>
    /// <param name="blocks">Shared by the contexts.</param>
    /// <param name="close">Ends the threads (and the engine, when it is embedded) after the last call.</param>
    internal DaosSystem(ClientContext[] contexts, Func<int, int> contextOfTarget, NativeBlockPool blocks, Func<ValueTask> close)
    {
        _contexts = contexts;
        _contextOfTarget = contextOfTarget;
        Blocks = blocks;
        _close = close;
    }

    internal NativeBlockPool Blocks { get; }

    internal OpenHandles Handles { get; } = new();

    /// <summary>The loops that carry the calls, for measuring what their threads allocate.</summary>
    internal IReadOnlyList<OwnerLoop> Loops => [.. _contexts.Select(static context => context.Loop)];

    /// <summary>Creates a pool and connects to it.</summary>
    /// <param name="name">Label, at most 127 bytes in UTF-8.</param>
    /// <param name="cancellationToken">Ends the call; the pool may then exist or not.</param>
    /// <exception cref="DaosException">DER_EXIST, and what every call may fail with.</exception>
    public async ValueTask<DaosPool> CreatePoolAsync(string name, CancellationToken cancellationToken = default)
    {
        SystemRequests.CheckLabel(name, "pool create");
        Guid id = await DrawIdAsync().ConfigureAwait(false);
        using (await AskAsync(PoolOpcodes.Create, true, new EntityName(id, name), "pool create", cancellationToken).ConfigureAwait(false))
        {
        }

        return await ConnectPoolAsync(name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Connects to a pool by its label.</summary>
    /// <exception cref="DaosException">DER_NONEXIST, and what every call may fail with.</exception>
    public async ValueTask<DaosPool> ConnectPoolAsync(string name, CancellationToken cancellationToken = default)
    {
        SystemRequests.CheckLabel(name, "pool connect");
        PoolConnectReply connected;
        using (DaosValue reply = await OpenHandleAsync(PoolOpcodes.Connect, PoolOpcodes.Disconnect, Guid.Empty, name, "pool connect", cancellationToken)
            .ConfigureAwait(false))
        {
            if (!PoolConnectReply.TryRead(reply.Span, out connected))
            {
                throw new DaosException(DerCode.Protocol, "pool connect", name);
            }
        }

        await AddTargetsAsync(connected).ConfigureAwait(false);
        return new DaosPool(this, connected);
    }

    /// <summary>Destroys a pool with everything in it.</summary>
    /// <exception cref="DaosException">DER_NONEXIST, and what every call may fail with.</exception>
    public async ValueTask DestroyPoolAsync(string name, CancellationToken cancellationToken = default)
    {
        SystemRequests.CheckLabel(name, "pool destroy");
        using DaosValue reply = await AskAsync(PoolOpcodes.Destroy, true, new EntityName(Guid.Empty, name), "pool destroy", cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Every pool, by rising identifier.</summary>
    public async IAsyncEnumerable<PoolInfo> ListPoolsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        EntityName last = default;
        while (true)
        {
            IReadOnlyList<EntityName> names;
            using (DaosValue reply = await AskAsync(PoolOpcodes.List, false, last, "pool list", cancellationToken).ConfigureAwait(false))
            {
                names = SystemRequests.ReadList(reply.Span, "pool list");
            }

            foreach (EntityName name in names)
            {
                yield return new PoolInfo(new PoolId(name.Id), name.Label);
            }

            if (names.Count < ProtocolLimits.ListMax)
            {
                yield break;
            }

            last = names[^1];
        }
    }

    /// <summary>Native memory for large values and array data: calls need not pin it. The caller disposes it.</summary>
    /// <param name="lengthBytes">1 to 64 MiB.</param>
    /// <exception cref="DaosException">DER_NOMEM when <see cref="DaosClientOptions.LargeBufferBytesMax"/> is reached.</exception>
    public DaosBuffer RentBuffer(int lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lengthBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthBytes, ClientLimits.TransferBytesMax);
        return Blocks.TryRent(lengthBytes) is { } block
            ? new DaosBuffer(block, lengthBytes)
            : throw new DaosException(DerCode.NoMemory, "rent buffer", detail: "LargeBufferBytesMax is reached");
    }

    /// <summary>
    /// Gives back the handles of open pools and containers and ends the connection, and the engine when it is embedded: calls under way end
    /// with an error first. A second call does nothing.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            if (!Handles.IsEmpty)
            {
                // Nobody waits long for an engine that does not answer: closing ends the calls that are left.
                OwnerLoop loop = _contexts[0].Loop;
                Task longEnough = PostedCall.RunAsync(loop, () => PauseOperation.Start(loop, ClientLimits.GiveBackNs).Task);
                await Task.WhenAny(Handles.GiveBackAllAsync(_contexts[0].Operations), longEnough).ConfigureAwait(false);
            }

            await _close().ConfigureAwait(false);
            Blocks.Dispose();
        }
    }

    /// <summary>The operations for calls to a target.</summary>
    internal OperationPool OperationsOf(int target)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return _contexts[_contexts.Length == 1 ? 0 : _contextOfTarget(target)].Operations;
    }

    /// <summary>An operation for the system's own services.</summary>
    internal ValueTask<ClientOperation> RentSystemAsync(string name, CancellationToken token)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return _contexts[0].Operations.RentAsync(name, token);
    }

    /// <summary>Gives a handle back, unless the system is being closed and does so itself.</summary>
    internal ValueTask GiveBackAsync(Guid handle, string what, CancellationToken token) =>
        Volatile.Read(ref _disposed) != 0 ? ValueTask.CompletedTask : Handles.GiveBackAsync(_contexts[0].Operations, handle, what, token);

    /// <summary>A new identifier.</summary>
    internal Task<Guid> DrawIdAsync()
    {
        ClientContext context = _contexts[0];
        return PostedCall.RunAsync(context.Loop, () => ValueTask.FromResult(context.DrawId()));
    }

    /// <summary>
    /// Connects to a pool or opens a container. The handle is noted before it is asked for: when no answer came it is given back with the
    /// system, whether the engine knows it or not.
    /// </summary>
    internal ValueTask<DaosValue> OpenHandleAsync(
        Rpc.RpcOpcode opcode, Rpc.RpcOpcode giveBack, Guid pool, string name, string what, CancellationToken token) =>
        OpenHandleAsync(
            giveBack,
            (call, handle) => SystemRequests.Open(call, opcode, new OpenRequest(pool, handle, new EntityName(Guid.Empty, name))),
            what,
            name,
            token);

    /// <summary>The same for any request that takes a handle drawn here.</summary>
    /// <param name="giveBack">The call that gives it back.</param>
    /// <param name="encode">Fills the request.</param>
    /// <param name="what">For failures.</param>
    /// <param name="name">What is opened, for failures.</param>
    /// <param name="token">Ends the call.</param>
    internal async ValueTask<DaosValue> OpenHandleAsync(
        Rpc.RpcOpcode giveBack, Action<ClientCall, Guid> encode, string what, string name, CancellationToken token)
    {
        Guid handle = await DrawIdAsync().ConfigureAwait(false);
        ClientOperation operation = await RentSystemAsync(what, token).ConfigureAwait(false);
        Handles.Add(handle, giveBack);
        encode(operation.Call, handle);
        try
        {
            DaosValue reply = await operation.Start(what, token).HeldValue.ConfigureAwait(false);
            return reply.Exists ? reply : throw new DaosException(DerCode.Nonexist, what, name);
        }
        catch (DaosException exception) when (exception.Code != DerCode.TimedOut && exception.Code != DerCode.Unreachable)
        {
            Handles.Forget(handle);
            throw;
        }
    }

    private async Task AddTargetsAsync(PoolConnectReply connected)
    {
        for (int target = 0; target < connected.TargetUris.Count; target++)
        {
            int index = target;
            ClientContext context = _contexts[_contexts.Length == 1 ? 0 : _contextOfTarget(target)];
            DerCode code = await PostedCall.RunAsync(context.Loop, () => context.FindTargetAsync(index, connected.TargetUris[index])).ConfigureAwait(false);
            Errors.Throw.IfError(code, "pool connect", connected.TargetUris[target]);
        }
    }

    private async ValueTask<DaosValue> AskAsync(Rpc.RpcOpcode opcode, bool isModification, EntityName name, string what, CancellationToken token)
    {
        ClientOperation operation = await RentSystemAsync(what, token).ConfigureAwait(false);
        SystemRequests.Entity(operation.Call, opcode, isModification, new EntityRequest(Guid.Empty, name));
        DaosValue reply = await operation.Start(what, token).HeldValue.ConfigureAwait(false);
        return reply.Exists ? reply : throw new DaosException(DerCode.Nonexist, what, name.ToString());
    }
}
