namespace Daos.Fabric.Rpc.Requests;

/// <summary>
/// The connection to one address, shared by the endpoints of its tags. It is made when the first call needs it and again, after it
/// ended, when the next one does. Owned by the context's loop.
/// </summary>
internal sealed class RpcLink(RpcContext context, TransportContext transport, TransportUri uri)
{
    private readonly List<RpcEndpoint> _endpoints = [];
    private bool _connecting;

    internal RpcContext Context { get; } = context;

    internal TransportContext Transport { get; } = transport;

    internal TransportUri Uri { get; } = uri;

    /// <summary>The open connection, or null.</summary>
    internal RpcSession? Session { get; private set; }

    /// <summary>The endpoint of a tag; made when it is asked for first.</summary>
    internal RpcEndpoint EndpointOf(ushort tag)
    {
        foreach (RpcEndpoint endpoint in _endpoints)
        {
            if (endpoint.Tag == tag && endpoint.Rank == Rank.None)
            {
                return endpoint;
            }
        }

        var added = new RpcEndpoint(Context, this, Rank.None, tag);
        _endpoints.Add(added);
        return added;
    }

    /// <summary>An endpoint of a rank found its address here.</summary>
    internal void Attach(RpcEndpoint endpoint) => _endpoints.Add(endpoint);

    /// <summary>Its address is another one now.</summary>
    internal void Detach(RpcEndpoint endpoint) => _endpoints.Remove(endpoint);

    /// <summary>Begins to connect unless that is under way or done.</summary>
    internal void EnsureConnected()
    {
        if (Session is null && !_connecting && !Context.IsDisposed)
        {
            _connecting = true;
            Context.Loop.Spawn(ConnectAsync());
        }
    }

    /// <summary>The connection ended. Calls that were sent over it have failed already; those that still wait make a new one.</summary>
    internal void Closed()
    {
        Session = null;
        foreach (RpcEndpoint endpoint in _endpoints)
        {
            if (endpoint.Waiting > 0)
            {
                EnsureConnected();
                return;
            }
        }
    }

    /// <summary>There is a connection, or room in its queue again.</summary>
    internal void PumpAll()
    {
        foreach (RpcEndpoint endpoint in _endpoints)
        {
            endpoint.Pump();
        }
    }

    /// <summary>Ends every call that waits here.</summary>
    internal void FailWaiting(DerCode code)
    {
        foreach (RpcEndpoint endpoint in _endpoints)
        {
            endpoint.FailWaiting(code);
        }
    }

    // Endpoints of ranks look their address up again: the rank may have come back elsewhere.
    private void ConnectFailed(DerCode code)
    {
        FailWaiting(code);
        for (int i = _endpoints.Count - 1; i >= 0; i--)
        {
            _endpoints[i].AddressFailed();
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask ConnectAsync()
    {
        DerResult<TransportConnection> result = await Transport.ConnectAsync(Uri, Context.Loop.NowNs + Context.Options.ConnectTimeoutNs);
        _connecting = false;
        if (!result.IsSuccess)
        {
            ConnectFailed(result.Code);
            return;
        }

        TransportConnection connection = result.Value;
        if (Context.IsDisposed || !connection.IsOpen)
        {
            connection.Close(DerCode.Shutdown);
            FailWaiting(Context.IsDisposed ? DerCode.Shutdown : DerCode.Unreachable);
            return;
        }

        Context.Statistics.ConnectionsMade++;
        Session = new RpcSession(connection, this);
        connection.Tag = Session;
        PumpAll();
    }
}
