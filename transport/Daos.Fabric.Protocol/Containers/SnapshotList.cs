namespace Daos.Fabric.Protocol.Containers;

/// <summary>
/// The reply to a listing of snapshots, by rising epoch: 32-bit count, then for each its epoch (8 bytes) and its name. One reply holds at most
/// <see cref="ProtocolLimits.ListMax"/>; the next request names the epoch of the last one seen.
/// </summary>
/// <param name="Snapshots">The snapshots.</param>
public sealed record SnapshotList(IReadOnlyList<(Epoch Epoch, EntityName Name)> Snapshots)
{
    /// <summary>Room to ask for.</summary>
    public const int BytesMax = 4 + (ProtocolLimits.ListMax * (8 + EntityName.BytesMax));

    /// <summary>Fills the payload and returns its length.</summary>
    public int Write(Span<byte> payload)
    {
        if (Snapshots.Count > ProtocolLimits.ListMax)
        {
            throw new ArgumentException($"{Snapshots.Count} snapshots do not fit one reply");
        }

        var writer = new WireWriter(payload);
        writer.WriteUInt32((uint)Snapshots.Count);
        foreach ((Epoch epoch, EntityName name) in Snapshots)
        {
            writer.WriteUInt64(epoch.Value);
            name.Write(ref writer);
        }

        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out SnapshotList list)
    {
        list = new SnapshotList([]);
        var reader = new WireReader(payload);
        uint count = reader.ReadUInt32();
        if (count > ProtocolLimits.ListMax)
        {
            return false;
        }

        var snapshots = new List<(Epoch, EntityName)>((int)count);
        for (uint i = 0; i < count && !reader.Failed; i++)
        {
            snapshots.Add((new Epoch(reader.ReadUInt64()), EntityName.Read(ref reader)));
        }

        list = new SnapshotList(snapshots);
        return reader.IsComplete;
    }
}
