using Daos.Fabric.Rpc.Requests;

namespace Daos.Fabric.Client.Contexts;

/// <summary>What a context keeps about one target: where it is and which modifications to it are unanswered. Owned by the context.</summary>
internal sealed class TargetSession(RpcEndpoint endpoint)
{
    internal RpcEndpoint Endpoint { get; } = endpoint;

    internal SequenceWindow Window { get; } = new();
}
