namespace Daos.Fabric.Rpc;

/// <summary>
/// What the contexts of one engine (or of one client process) share: its rank, the addresses of its tags, and the list of its contexts.
/// Filled at start-up, then read by any thread.
/// </summary>
public sealed partial class RpcNode
{
    private RpcContext[] _contexts = [];
    private TransportUri?[] _uris = [];

    /// <param name="rank">This engine's rank; <see cref="Rank.None"/> for a client.</param>
    public RpcNode(Rank rank) => Rank = rank;

    /// <summary>This engine's rank; <see cref="Rank.None"/> for a client.</summary>
    public Rank Rank { get; }

    /// <summary>The contexts opened so far, in the order of their opening.</summary>
    public ReadOnlySpan<RpcContext> Contexts => Volatile.Read(ref _contexts);

    /// <summary>The address of a tag (URI_LOOKUP answers it), or null.</summary>
    public TransportUri? UriOf(ushort tag)
    {
        TransportUri?[] uris = Volatile.Read(ref _uris);
        return tag < uris.Length ? uris[tag] : null;
    }
}
