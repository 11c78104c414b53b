using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Protocol.Pools;

namespace Daos.Fabric.TestKit.Engines;

/// <summary>
/// A bare client on any owner loop: each method is one request, so that tests can resend, cancel and misuse. Its methods run as ULTs of the
/// loop.
/// </summary>
public sealed partial class EngineCaller : IDisposable
{
    private readonly TransportUri _primary;
    private readonly SeededRandom _random;
    private readonly NativeSlab _exposed = new(4 * 1024 * 1024);
    private RpcEndpoint[] _targets = [];
    private RpcEndpoint? _system;
    private Guid _poolHandle;
    private Guid _containerHandle;
    private ulong _sequence;

    /// <param name="loop">Owner of everything here.</param>
    /// <param name="providers">Wires.</param>
    /// <param name="primary">Address of tag 0.</param>
    /// <param name="random">Identifiers.</param>
    public EngineCaller(OwnerLoop loop, IReadOnlyList<TransportProvider> providers, TransportUri primary, SeededRandom random)
    {
        _primary = primary;
        _random = random;
        ClientId = random.NextGuid();
        Context = new RpcContext(loop, new RpcOptions { Transport = new TransportOptions { Random = random.Fork() } }, providers, null);
    }

    /// <summary>The context that the calls use.</summary>
    public RpcContext Context { get; }

    /// <summary>Who this client is; kept across restarts of the engine.</summary>
    public Guid ClientId { get; }

    /// <summary>Number of the newest modification.</summary>
    public ulong Sequence => _sequence;

    /// <summary>Every modification below this one was answered.</summary>
    public ulong LowestUnanswered { get; set; } = 1;

    /// <summary>Sends object requests to the target after the right one: for tests of refusals.</summary>
    public bool MisplacesKeys { get; set; }

    /// <summary>What the engine said about the connected pool.</summary>
    public bool PoolIsVolatile { get; private set; }

    /// <summary>What the engine said about the open container.</summary>
    public ContainerProperties Properties { get; private set; }

    /// <summary>How long a call waits.</summary>
    public long TimeoutNs { get; set; } = 5_000_000_000;

    /// <summary>Number of targets, once connected.</summary>
    public int TargetCount => _targets.Length;

    /// <summary>The next modification's identity.</summary>
    public ModificationInfo NextModification() =>
        new() { ClientId = ClientId, Sequence = ++_sequence, LowestUnanswered = Math.Min(LowestUnanswered, _sequence), MapVersion = 1 };

    /// <summary>Creates a pool.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> CreatePoolAsync(string label, ModificationInfo? identity = null, Guid? id = null)
    {
        using Exchange exchange = await CallSystemAsync(
            PoolOpcodes.Create, new EntityRequest(Guid.Empty, new EntityName(id ?? _random.NextGuid(), label)), identity ?? NextModification());
        return exchange.Code;
    }

    /// <summary>Destroys a pool.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> DestroyPoolAsync(string label, ModificationInfo? identity = null)
    {
        using Exchange exchange = await CallSystemAsync(
            PoolOpcodes.Destroy, new EntityRequest(Guid.Empty, new EntityName(Guid.Empty, label)), identity ?? NextModification());
        return exchange.Code;
    }

    /// <summary>Connects to a pool, under a handle of its own unless one is given: from now on the calls go to it.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> ConnectPoolAsync(string label, Guid? handle = null)
    {
        using Exchange exchange = await OpenAsync(PoolOpcodes.Connect, Guid.Empty, label, handle);
        return exchange.Code.IsError ? exchange.Code : AdoptPool(exchange);
    }

    /// <summary>Asks for the space of the connected pool.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<PoolQueryReply>> QueryPoolAsync()
    {
        using Exchange exchange = await CallSystemAsync(PoolOpcodes.Query, new EntityRequest(_poolHandle, default), null);
        return exchange.Code.IsError ? exchange.Code
            : PoolQueryReply.TryRead(exchange.Call!.Reply, out PoolQueryReply reply) ? reply
            : DerCode.Protocol;
    }

    /// <summary>Makes the targets of the connected pool larger.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> ResizePoolAsync(ulong dataBytes, ulong metaBytes, ModificationInfo? identity = null)
    {
        byte[] payload = new byte[PoolResizeRequest.SizeBytes];
        var request = new PoolResizeRequest(_poolHandle, dataBytes, metaBytes);
        using Exchange exchange = await CallAsync(
            await SystemAsync(), PoolOpcodes.Resize, payload.AsMemory(0, request.Write(payload)), identity ?? NextModification());
        return exchange.Code;
    }

    /// <summary>Labels of all pools, or of the connected pool's containers.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<string[]>> ListAsync(bool containers)
    {
        using Exchange exchange = await CallSystemAsync(
            containers ? ContainerOpcodes.List : PoolOpcodes.List, new EntityRequest(containers ? _poolHandle : Guid.Empty, default), null);
        return exchange.Code.IsError ? exchange.Code
            : EntityList.TryRead(exchange.Call!.Reply, out EntityList list) ? list.Names.Select(n => n.Label).Order(StringComparer.Ordinal).ToArray()
            : DerCode.Protocol;
    }

    /// <summary>Creates a container in the connected pool.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> CreateContainerAsync(
        string label, ModificationInfo? identity = null, Guid? id = null, ContainerProperties? properties = null)
    {
        var request = new ContainerCreateRequest(
            _poolHandle, new EntityName(id ?? _random.NextGuid(), label), properties ?? ContainerProperties.Default);
        using Exchange exchange = await CallSystemAsync(ContainerOpcodes.Create, request, identity ?? NextModification());
        return exchange.Code;
    }

    /// <summary>Destroys a container of the connected pool.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> DestroyContainerAsync(string label, ModificationInfo? identity = null)
    {
        using Exchange exchange = await CallSystemAsync(
            ContainerOpcodes.Destroy, new EntityRequest(_poolHandle, new EntityName(Guid.Empty, label)), identity ?? NextModification());
        return exchange.Code;
    }

    /// <summary>Opens a container, under a handle of its own unless one is given: from now on object calls go to it.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> OpenContainerAsync(string label, Guid? handle = null)
    {
        using Exchange exchange = await OpenAsync(ContainerOpcodes.Open, _poolHandle, label, handle);
        if (exchange.Code.IsError)
        {
            return exchange.Code;
        }

        if (!ContainerOpenReply.TryRead(exchange.Call!.Reply, out ContainerOpenReply reply))
        {
            return DerCode.Protocol;
        }

        _containerHandle = reply.Handle;
        Properties = reply.Properties;
        return DerCode.Success;
    }

    /// <summary>Gives the container handle back; object calls then answer DER_NO_HDL.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> CloseContainerAsync()
    {
        using Exchange exchange = await CallSystemAsync(ContainerOpcodes.Close, new EntityRequest(_containerHandle, default), null);
        return exchange.Code;
    }

    /// <summary>Pool, container and both opened, for tests that start there.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> OpenFreshAsync(string pool = "p", string container = "c")
    {
        DerCode code = await CreatePoolAsync(pool);
        code = code.IsSuccess ? await ConnectPoolAsync(pool) : code;
        code = code.IsSuccess ? await CreateContainerAsync(container) : code;
        return code.IsSuccess ? await OpenContainerAsync(container) : code;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Context.Dispose();
        _exposed.Dispose();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<Exchange> CallSystemAsync(RpcOpcode opcode, EntityRequest request, ModificationInfo? identity)
    {
        byte[] payload = new byte[EntityRequest.BytesMax];
        return await CallAsync(await SystemAsync(), opcode, payload.AsMemory(0, request.Write(payload)), identity);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<Exchange> CallSystemAsync(RpcOpcode opcode, ContainerCreateRequest request, ModificationInfo? identity)
    {
        byte[] payload = new byte[ContainerCreateRequest.BytesMax];
        return await CallAsync(await SystemAsync(), opcode, payload.AsMemory(0, request.Write(payload)), identity);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<Exchange> OpenAsync(RpcOpcode opcode, Guid pool, string label, Guid? handle)
    {
        byte[] payload = new byte[OpenRequest.BytesMax];
        var request = new OpenRequest(pool, handle ?? _random.NextGuid(), new EntityName(Guid.Empty, label));
        return await CallAsync(await SystemAsync(), opcode, payload.AsMemory(0, request.Write(payload)), null);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<RpcEndpoint?> SystemAsync()
    {
        if (_system is null)
        {
            DerResult<RpcEndpoint> endpoint = await Context.ConnectAsync(_primary, Tags.System, Context.Loop.NowNs + TimeoutNs);
            _system = endpoint.IsSuccess ? endpoint.Value : null;
        }

        return _system;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<Exchange> CallAsync(RpcEndpoint? endpoint, RpcOpcode opcode, ReadOnlyMemory<byte> payload, ModificationInfo? identity)
    {
        if (endpoint is null)
        {
            return new Exchange(DerCode.Unreachable, null);
        }

        RpcCall call = Context.RentCall();
        DerCode code = await call.AdmitAsync(endpoint, opcode, Context.Loop.NowNs + TimeoutNs);
        if (code.IsSuccess)
        {
            Fill(call, payload.Span, identity);
            code = await call.SendAsync(payload.Length);
        }

        return new Exchange(code, call);
    }

    private static void Fill(RpcCall call, ReadOnlySpan<byte> payload, ModificationInfo? identity)
    {
        Span<byte> room = identity is { } info ? call.BeginRequest(payload.Length, in info) : call.BeginRequest(payload.Length);
        payload.CopyTo(room);
    }

    private DerCode AdoptPool(Exchange exchange)
    {
        if (!PoolConnectReply.TryRead(exchange.Call!.Reply, out PoolConnectReply reply))
        {
            return DerCode.Protocol;
        }

        _poolHandle = reply.Handle;
        PoolIsVolatile = reply.IsVolatile;
        _targets =
        [
            .. reply.TargetUris.Select((uri, i) => Context.EndpointOf(TransportUri.Parse(uri), Tags.OfTarget(i)).Value),
        ];
        return DerCode.Success;
    }

    /// <summary>A finished call, to be freed after its reply was read.</summary>
    private readonly struct Exchange(DerCode code, RpcCall? call) : IDisposable
    {
        public DerCode Code { get; } = code;

        public RpcCall? Call { get; } = call;

        public void Dispose() => Call?.Free();
    }
}
