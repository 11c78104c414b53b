namespace Daos.Fabric.Protocol;

/// <summary>
/// The reply to a listing of pools or containers, in the order of their UUIDs: 32-bit count, then the names. One reply holds at most
/// <see cref="ProtocolLimits.ListMax"/>; the next request names the last one seen.
/// </summary>
/// <param name="Names">The names.</param>
public sealed record EntityList(IReadOnlyList<EntityName> Names)
{
    /// <summary>Room to ask for.</summary>
    public const int BytesMax = 4 + (ProtocolLimits.ListMax * EntityName.BytesMax);

    /// <summary>Fills the payload and returns its length.</summary>
    public int Write(Span<byte> payload)
    {
        if (Names.Count > ProtocolLimits.ListMax)
        {
            throw new ArgumentException($"{Names.Count} names do not fit one reply");
        }

        var writer = new WireWriter(payload);
        writer.WriteUInt32((uint)Names.Count);
        foreach (EntityName name in Names)
        {
            name.Write(ref writer);
        }

        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out EntityList list)
    {
        list = new EntityList([]);
        var reader = new WireReader(payload);
        uint count = reader.ReadUInt32();
        if (count > ProtocolLimits.ListMax)
        {
            return false;
        }

        var names = new List<EntityName>((int)count);
        for (uint i = 0; i < count && !reader.Failed; i++)
        {
            names.Add(EntityName.Read(ref reader));
        }

        list = new EntityList(names);
        return reader.IsComplete;
    }
}
