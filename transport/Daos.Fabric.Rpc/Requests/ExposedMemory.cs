namespace Daos.Fabric.Rpc.Requests;

/// <summary>
/// One range that a call lets the peer reach, and the item that says when a revoked range is out of the kernel too. Owned by the
/// context's loop.
/// </summary>
internal sealed class ExposedMemory(RpcCall call) : WorkItem
{
    internal RemoteMemory Memory { get; set; }

    /// <summary>The connection that it is registered for.</summary>
    internal RpcSession? Session { get; set; }

    /// <summary>The rank at its other end, when it is not the receiver of the call.</summary>
    internal RpcEndpoint? BoundTo { get; set; }

    protected override void Execute() => call.MemoryIsSafe();
}
