namespace Daos.Fabric.Protocol.Pools;

/// <summary>
/// The reply to a pool query (DAOS: daos_pool_info_t): name, then map version (4 bytes), targets (2 bytes), and the space of the two tiers,
/// five sizes in bytes (8 bytes each) for metadata, then five for data.
/// </summary>
/// <param name="Name">UUID and label.</param>
/// <param name="MapVersion">Version of the pool map.</param>
/// <param name="Targets">Number of targets.</param>
/// <param name="Meta">Arenas: metadata and small values (DAOS: SCM).</param>
/// <param name="Data">Data spaces: values from 4 KiB on (DAOS: NVMe).</param>
public sealed record PoolQueryReply(EntityName Name, uint MapVersion, ushort Targets, TierSpace Meta, TierSpace Data)
{
    /// <summary>Room to ask for.</summary>
    public const int BytesMax = EntityName.BytesMax + 6 + (2 * TierSpace.WireBytes);

    /// <summary>Fills the payload and returns its length.</summary>
    public int Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        Name.Write(ref writer);
        writer.WriteUInt32(MapVersion);
        writer.WriteUInt16(Targets);
        Meta.Write(ref writer);
        Data.Write(ref writer);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out PoolQueryReply reply)
    {
        var reader = new WireReader(payload);
        reply = new PoolQueryReply(
            EntityName.Read(ref reader), reader.ReadUInt32(), reader.ReadUInt16(), TierSpace.Read(ref reader), TierSpace.Read(ref reader));
        return reader.IsComplete;
    }
}
