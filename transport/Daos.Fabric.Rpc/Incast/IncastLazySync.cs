namespace Daos.Fabric.Rpc.Incast;

/// <summary>A synchronisation that waits for its turn. Owned by its namespace.</summary>
internal sealed class IncastLazySync(IncastKey key, byte[] payload)
{
    internal IncastKey Key { get; } = key;

    /// <summary>The collective's payload; a newer value of the key may replace it until its turn comes.</summary>
    internal byte[] Payload { get; set; } = payload;
}
