namespace Daos.Fabric.Protocol.Containers;

/// <summary>The reply to an open: container handle (16 bytes), name, properties (8 bytes).</summary>
/// <param name="Handle">For object requests.</param>
/// <param name="Name">UUID and label.</param>
/// <param name="Properties">As fixed at creation.</param>
public readonly record struct ContainerOpenReply(Guid Handle, EntityName Name, ContainerProperties Properties)
{
    /// <summary>Room to ask for.</summary>
    public const int BytesMax = 16 + EntityName.BytesMax + ContainerProperties.SizeBytes;

    /// <summary>Fills the payload and returns its length.</summary>
    public int Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        writer.WriteGuid(Handle);
        Name.Write(ref writer);
        Properties.Write(ref writer);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ContainerOpenReply reply)
    {
        var reader = new WireReader(payload);
        reply = new ContainerOpenReply(reader.ReadGuid(), EntityName.Read(ref reader), ContainerProperties.Read(ref reader));
        return reader.IsComplete;
    }
}
