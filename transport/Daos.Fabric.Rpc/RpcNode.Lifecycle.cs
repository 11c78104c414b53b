namespace Daos.Fabric.Rpc;

/// <content>Start-up and shutdown: several threads may open contexts at once.</content>
public sealed partial class RpcNode
{
    private readonly Lock _changes = new();

    /// <summary>Publishes the address of a tag; start-up only.</summary>
    public void PublishUri(ushort tag, TransportUri uri)
    {
        lock (_changes)
        {
            var uris = new TransportUri?[Math.Max(_uris.Length, tag + 1)];
            _uris.CopyTo(uris, 0);
            uris[tag] = uri;
            Volatile.Write(ref _uris, uris);
        }
    }

    internal void Add(RpcContext context)
    {
        lock (_changes)
        {
            Volatile.Write(ref _contexts, [.. _contexts, context]);
        }
    }

    internal void Remove(RpcContext context)
    {
        lock (_changes)
        {
            Volatile.Write(ref _contexts, [.. _contexts.Where(c => c != context)]);
        }
    }
}
