namespace Daos.Fabric.Rpc.Requests;

/// <summary>
/// A tag at an address: where calls go, with a limit of calls in flight beyond which they wait first in, first out. Owned by the
/// context's loop.
/// </summary>
public sealed class RpcEndpoint
{
    internal RpcEndpoint(RpcContext context, TransportUri uri, ushort tag)
    {
        Context = context;
        Uri = uri;
        Tag = tag;
    }

    /// <summary>The context that opened it.</summary>
    public RpcContext Context { get; }

    /// <summary>The address.</summary>
    public TransportUri Uri { get; }

    /// <summary>The tag.</summary>
    public ushort Tag { get; }

    /// <summary>True while connected; a call on an endpoint that is not connects first.</summary>
    public bool IsOpen => throw new NotImplementedException();

    /// <summary>Calls that would be admitted at once.</summary>
    public int CreditsFree => throw new NotImplementedException();

    /// <summary>Calls waiting for a credit or for the connection.</summary>
    public int Waiting => throw new NotImplementedException();
}
