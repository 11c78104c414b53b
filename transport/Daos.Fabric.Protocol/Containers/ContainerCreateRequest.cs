namespace Daos.Fabric.Protocol.Containers;

/// <summary>Creates a container: pool handle (16 bytes), name, properties (8 bytes).</summary>
/// <param name="PoolHandle">From the pool's connect.</param>
/// <param name="Name">UUID and label; the UUID is set.</param>
/// <param name="Properties">Fixed from now on.</param>
public readonly record struct ContainerCreateRequest(Guid PoolHandle, EntityName Name, ContainerProperties Properties)
{
    /// <summary>Room to ask for.</summary>
    public const int BytesMax = 16 + EntityName.BytesMax + ContainerProperties.SizeBytes;

    /// <summary>Fills the payload and returns its length.</summary>
    public int Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        writer.WriteGuid(PoolHandle);
        Name.Write(ref writer);
        Properties.Write(ref writer);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ContainerCreateRequest request)
    {
        var reader = new WireReader(payload);
        request = new ContainerCreateRequest(reader.ReadGuid(), EntityName.Read(ref reader), ContainerProperties.Read(ref reader));
        return reader.IsComplete;
    }
}
