using Daos.Fabric.Core.Time;
using Daos.Fabric.Rpc.Dispatch;
using Daos.Fabric.Rpc.Requests;

namespace Daos.Fabric.Rpc;

/// <summary>
/// Requests and replies on one owner loop, over any number of providers. Owned by that loop; it may be constructed, registered with and
/// listened on before the loop runs.
/// </summary>
public sealed class RpcContext : IDisposable, ITransportHandler
{
    /// <param name="loop">The owner.</param>
    /// <param name="options">Limits.</param>
    /// <param name="providers">The kinds of wire that this context opens.</param>
    /// <param name="hlc">An engine's clock: what peers send is merged. Null for a client, which only remembers the highest value heard.</param>
    public RpcContext(OwnerLoop loop, RpcOptions options, IReadOnlyList<TransportProvider> providers, HybridLogicalClock? hlc)
    {
        _ = providers;
        _ = hlc;
        Loop = loop;
        Options = options;
    }

    /// <summary>The owner.</summary>
    public OwnerLoop Loop { get; }

    /// <summary>Limits.</summary>
    public RpcOptions Options { get; }

    /// <summary>Running totals.</summary>
    public RpcStatistics Statistics { get; } = new();

    /// <summary>The highest clock value heard from any peer: what a client returns with its requests.</summary>
    public ulong HighestHlc { get; private set; }

    /// <summary>Requests being handled or queued now.</summary>
    public int RequestsActive => throw new NotImplementedException();

    /// <summary>Adds a protocol; start-up only. At most two versions of a module.</summary>
    public void Register(RpcProtocol protocol) => throw new NotImplementedException();

    /// <summary>Listens; start-up only. The result is the address that peers use.</summary>
    public DerResult<TransportUri> Listen(TransportUri uri) => throw new NotImplementedException();

    /// <summary>
    /// The endpoint of a tag at an address, with an open connection. Connections are shared per address; after a close the next call
    /// connects again. DER_UNREACH, DER_TIMEDOUT, DER_INVAL (no provider for the scheme).
    /// </summary>
    public ValueTask<DerResult<RpcEndpoint>> ConnectAsync(TransportUri uri, ushort tag, long deadlineNs) => throw new NotImplementedException();

    /// <summary>The endpoint of a tag at an address without connecting yet: the first call does. DER_INVAL (no provider for the scheme).</summary>
    public DerResult<RpcEndpoint> EndpointOf(TransportUri uri, ushort tag) => throw new NotImplementedException();

    /// <summary>A call to be freed after use. Throws DER_AGAIN when <see cref="RpcLimits.CallsMax"/> are rented.</summary>
    public RpcCall RentCall() => throw new NotImplementedException();

    /// <summary>Ends every connection and listener; pending calls end with DER_SHUTDOWN... on the loop's thread or after the loop stopped.</summary>
    public void Dispose() => throw new NotImplementedException();

    void ITransportHandler.OnAccepted(TransportConnection connection) => throw new NotImplementedException();

    void ITransportHandler.OnMessage(TransportConnection connection, in InboundMessage message) => throw new NotImplementedException();

    void ITransportHandler.OnWritable(TransportConnection connection) => throw new NotImplementedException();

    void ITransportHandler.OnClosed(TransportConnection connection, DerCode reason) => throw new NotImplementedException();
}
