namespace Daos.Fabric.Protocol.Containers;

/// <summary>
/// A request about snapshots of an open container: container handle (16 bytes), name, epoch (8 bytes). To create one: a UUID that the client
/// draws, so that a resend is known, and a label or none. To destroy one: its epoch or its label. To open one: the handle to be as the UUID, and
/// the epoch or the label. To list them: the epoch of the last one seen.
/// </summary>
/// <param name="Container">From the container's open.</param>
/// <param name="Name">UUID and label, as the operation asks for them.</param>
/// <param name="Epoch">The snapshot, or none.</param>
public readonly record struct SnapshotRequest(Guid Container, EntityName Name, Epoch Epoch)
{
    /// <summary>Room to ask for.</summary>
    public const int BytesMax = 16 + EntityName.BytesMax + 8;

    /// <summary>True when it names a snapshot that is there already.</summary>
    public bool NamesOne => Epoch.IsSet || !string.IsNullOrEmpty(Name.Label);

    /// <summary>Fills the payload and returns its length.</summary>
    public int Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        writer.WriteGuid(Container);
        Name.Write(ref writer);
        writer.WriteUInt64(Epoch.Value);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out SnapshotRequest request)
    {
        var reader = new WireReader(payload);
        request = new SnapshotRequest(reader.ReadGuid(), EntityName.Read(ref reader), new Epoch(reader.ReadUInt64()));
        return reader.IsComplete;
    }
}
