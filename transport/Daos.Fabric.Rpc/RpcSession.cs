using Daos.Fabric.Rpc.Services;

namespace Daos.Fabric.Rpc;

/// <summary>
/// What a context keeps per connection. A connection that we made carries our requests and the peer's replies; one that we accepted
/// carries the peer's requests and our replies; anything else breaks the protocol. Owned by the context's loop.
/// </summary>
internal sealed class RpcSession(TransportConnection connection, RpcLink? link)
{
    private RpcRequest? _requests;
    private Dictionary<byte, ProtocolVersions>? _versions;

    internal TransportConnection Connection { get; } = connection;

    /// <summary>Set when we made the connection.</summary>
    internal RpcLink? Link { get; } = link;

    /// <summary>Bytes of a connection's name.</summary>
    internal const int IntroductionBytes = 16;

    /// <summary>
    /// The name by which handles that come through other ranks mean this connection; drawn by the side that connected, unguessable. Empty
    /// until it was introduced.
    /// </summary>
    internal Guid Introduction { get; set; }

    /// <summary>Requests of this connection that are queued or handled now.</summary>
    internal int RequestCount { get; private set; }

    /// <summary>What the peer answered to a protocol query; it holds as long as the connection.</summary>
    internal bool TryGetVersions(byte module, out ProtocolVersions versions)
    {
        versions = default;
        return _versions is not null && _versions.TryGetValue(module, out versions);
    }

    internal void Keep(byte module, ProtocolVersions versions) => (_versions ??= [])[module] = versions;

    internal void Add(RpcRequest request)
    {
        request.NextOfSession = _requests;
        if (_requests is not null)
        {
            _requests.PreviousOfSession = request;
        }

        _requests = request;
        RequestCount++;
    }

    internal void Remove(RpcRequest request)
    {
        if (request.PreviousOfSession is null)
        {
            _requests = request.NextOfSession;
        }
        else
        {
            request.PreviousOfSession.NextOfSession = request.NextOfSession;
        }

        if (request.NextOfSession is not null)
        {
            request.NextOfSession.PreviousOfSession = request.PreviousOfSession;
        }

        request.PreviousOfSession = null;
        request.NextOfSession = null;
        RequestCount--;
    }

    /// <summary>The newest request with this id, or null. Walks at most <see cref="RpcOptions.RequestsPerConnectionMax"/> requests.</summary>
    internal RpcRequest? Find(ulong rpcId)
    {
        RpcRequest? request = _requests;
        while (request is not null && request.RpcId != rpcId)
        {
            request = request.NextOfSession;
        }

        return request;
    }

    /// <summary>The peer went away: nobody waits for these replies.</summary>
    internal void CancelAll()
    {
        for (RpcRequest? request = _requests; request is not null; request = request.NextOfSession)
        {
            request.MarkCanceled();
        }
    }
}
