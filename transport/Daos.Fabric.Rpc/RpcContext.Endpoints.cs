using Daos.Fabric.Rpc.Services;

namespace Daos.Fabric.Rpc;

/// <content>Where calls go: endpoints by address or by rank, and how all calls of a rank are given up.</content>
public sealed partial class RpcContext
{
    /// <summary>The endpoint of a tag at an address without connecting yet: the first call does. DER_INVAL when no provider knows the scheme.</summary>
    public DerResult<RpcEndpoint> EndpointOf(TransportUri uri, ushort tag)
    {
        Loop.Assert();
        DerResult<RpcLink> link = LinkTo(uri);
        return link.IsSuccess ? link.Value.EndpointOf(tag) : link.Code;
    }

    /// <summary>
    /// The endpoint of a tag of a rank. Its address is looked up by the first call that needs it, kept, and looked up again when nobody
    /// answers there or another rank does (DER_BAD_TARGET). A call fails with DER_NONEXIST or DER_OOG when nobody knows the rank.
    /// </summary>
    public RpcEndpoint EndpointOf(Rank rank, ushort tag)
    {
        Loop.Assert();
        if (!_rankEndpoints.TryGetValue((rank.Value, tag), out RpcEndpoint? endpoint))
        {
            _rankEndpoints.Add((rank.Value, tag), endpoint = new RpcEndpoint(this, link: null, rank, tag));
        }

        return endpoint;
    }

    /// <summary>
    /// The endpoint of a tag at an address, with an open connection. Connections are shared per address; after a close the next call
    /// connects again. DER_UNREACH, DER_TIMEDOUT, DER_INVAL (no provider for the scheme).
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<RpcEndpoint>> ConnectAsync(TransportUri uri, ushort tag, long deadlineNs)
    {
        DerResult<RpcEndpoint> endpoint = EndpointOf(uri, tag);
        if (!endpoint.IsSuccess)
        {
            return endpoint;
        }

        DerCode code = await ConnectAsync(endpoint.Value, deadlineNs);
        return code.IsSuccess ? endpoint : code;
    }

    /// <summary>Waits until an endpoint is connected. DER_UNREACH, DER_TIMEDOUT, for a rank also DER_NONEXIST and DER_OOG.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> ConnectAsync(RpcEndpoint endpoint, long deadlineNs)
    {
        if (endpoint.IsOpen)
        {
            return DerCode.Success;
        }

        // Being admitted is what makes the connection; nothing is sent.
        RpcCall call = RentCall();
        DerCode code = await call.AdmitAsync(endpoint, InternalOpcodes.Ping, deadlineNs);
        call.Free();
        return code;
    }

    /// <summary>
    /// Ends every call to a rank's endpoints, waiting or sent, with DER_CANCELED (CaRT: crt_rank_abort). Gives their number.
    /// </summary>
    public int AbortRank(Rank rank)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(rank, Rank.None);
        return Calls.Abort(endpoint: null, rank);
    }

    /// <summary>Ends every call of this context with DER_CANCELED (CaRT: crt_rank_abort_all). Gives their number.</summary>
    public int AbortAll() => Calls.Abort(endpoint: null, Rank.None);

    /// <summary>The connection to an address, made when it is used. DER_INVAL when no provider knows the scheme.</summary>
    internal DerResult<RpcLink> LinkTo(TransportUri uri)
    {
        string address = uri.ToString();
        if (!_links.TryGetValue(address, out RpcLink? link))
        {
            if (!_transports.TryGetValue(uri.Scheme, out TransportContext? transport))
            {
                return DerCode.Invalid;
            }

            _links.Add(address, link = new RpcLink(this, transport, uri));
        }

        return link;
    }
}
