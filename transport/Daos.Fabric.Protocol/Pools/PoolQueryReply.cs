namespace Daos.Fabric.Protocol.Pools;

/// <summary>
/// The reply to a pool query: name, then map version (4 bytes), targets (2 bytes), and four sizes in bytes (8 bytes each) summed over the
/// targets.
/// </summary>
/// <param name="Name">UUID and label.</param>
/// <param name="MapVersion">Version of the pool map.</param>
/// <param name="Targets">Number of targets.</param>
/// <param name="MetaTotalBytes">Arenas: what may be used.</param>
/// <param name="MetaFreeBytes">Arenas: what is free.</param>
/// <param name="DataTotalBytes">Data spaces: what may be used.</param>
/// <param name="DataFreeBytes">Data spaces: what is free.</param>
public sealed record PoolQueryReply(
    EntityName Name, uint MapVersion, ushort Targets, ulong MetaTotalBytes, ulong MetaFreeBytes, ulong DataTotalBytes, ulong DataFreeBytes)
{
    /// <summary>Room to ask for.</summary>
    public const int BytesMax = EntityName.BytesMax + 6 + 32;

    /// <summary>Fills the payload and returns its length.</summary>
    public int Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        Name.Write(ref writer);
        writer.WriteUInt32(MapVersion);
        writer.WriteUInt16(Targets);
        writer.WriteUInt64(MetaTotalBytes);
        writer.WriteUInt64(MetaFreeBytes);
        writer.WriteUInt64(DataTotalBytes);
        writer.WriteUInt64(DataFreeBytes);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out PoolQueryReply reply)
    {
        var reader = new WireReader(payload);
        reply = new PoolQueryReply(
            EntityName.Read(ref reader),
            reader.ReadUInt32(),
            reader.ReadUInt16(),
            reader.ReadUInt64(),
            reader.ReadUInt64(),
            reader.ReadUInt64(),
            reader.ReadUInt64());
        return reader.IsComplete;
    }
}
