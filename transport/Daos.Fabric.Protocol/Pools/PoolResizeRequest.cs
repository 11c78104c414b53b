namespace Daos.Fabric.Protocol.Pools;

/// <summary>
/// Makes the shards of a pool larger: pool handle (16 bytes), data bytes and metadata bytes of each target (8 bytes each; 0: as it is).
/// </summary>
/// <param name="Pool">From the pool's connect.</param>
/// <param name="DataBytes">What the data space of each target is to have, a multiple of 1 MiB.</param>
/// <param name="MetaBytes">What metadata and small values of each target may take, a multiple of 1 MiB.</param>
public readonly record struct PoolResizeRequest(Guid Pool, ulong DataBytes, ulong MetaBytes)
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 32;

    /// <summary>Sizes are multiples of it.</summary>
    public const ulong UnitBytes = 1 << 20;

    /// <summary>Fills the payload and returns its length.</summary>
    public int Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        writer.WriteGuid(Pool);
        writer.WriteUInt64(DataBytes);
        writer.WriteUInt64(MetaBytes);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out PoolResizeRequest request)
    {
        var reader = new WireReader(payload);
        request = new PoolResizeRequest(reader.ReadGuid(), reader.ReadUInt64(), reader.ReadUInt64());
        return reader.IsComplete;
    }
}
