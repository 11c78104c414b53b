namespace Daos.Fabric.Protocol;

/// <summary>
/// A request about one pool or container: a handle (16 bytes; the pool handle in container requests; zero where there is none yet) and a
/// name. Creation, disconnect, query, destroy and list of pools; close, destroy and list of containers. Listings name the last
/// entry seen.
/// </summary>
/// <param name="Handle">The handle, or the empty UUID.</param>
/// <param name="Name">What it is about; not set where the handle says it.</param>
public readonly record struct EntityRequest(Guid Handle, EntityName Name)
{
    /// <summary>Room to ask for.</summary>
    public const int BytesMax = 16 + EntityName.BytesMax;

    /// <summary>Fills the payload and returns its length.</summary>
    public int Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        writer.WriteGuid(Handle);
        Name.Write(ref writer);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out EntityRequest request)
    {
        var reader = new WireReader(payload);
        request = new EntityRequest(reader.ReadGuid(), EntityName.Read(ref reader));
        return reader.IsComplete;
    }
}
