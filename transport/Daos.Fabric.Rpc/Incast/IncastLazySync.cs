namespace Daos.Fabric.Rpc.Incast;

/// <summary>
/// A synchronisation that waits for its turn: a newer value of the key may replace what it tells until then. Owned by its namespace, which
/// uses it for one after the other.
/// </summary>
internal sealed class IncastLazySync
{
    /// <summary>The key, which lies in <see cref="Payload"/>: a newer value is written behind the same key.</summary>
    internal IncastKey Key { get; private set; }

    /// <summary>The collective's payload.</summary>
    internal IncastWork Payload { get; } = new();

    internal void Begin(in IncastMessage told)
    {
        Payload.Write(told);
        Key = new IncastKey(told.Class, Payload.Message.Slice(IncastMessage.HeadBytes, told.Key.Length));
    }
}
