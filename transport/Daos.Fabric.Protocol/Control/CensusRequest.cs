namespace Daos.Fabric.Protocol.Control;

/// <summary>The request of a census: topology (4 bytes, 0 for the usual one) and flags (4 bytes). A value.</summary>
/// <param name="Topology">A tree as it travels in collective requests; 0 for the usual one.</param>
/// <param name="LeavesOutDead">Flag 1: ranks that SWIM holds dead are not asked.</param>
public readonly record struct CensusRequest(uint Topology, bool LeavesOutDead)
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 8;

    /// <summary>Fills the payload.</summary>
    public void Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        writer.WriteUInt32(Topology);
        writer.WriteUInt32(LeavesOutDead ? 1u : 0);
        Invariant.Check(!writer.Failed);
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out CensusRequest request)
    {
        var reader = new WireReader(payload);
        uint topology = reader.ReadUInt32();
        uint flags = reader.ReadUInt32();
        request = new CensusRequest(topology, flags == 1);
        return reader.IsComplete && flags <= 1;
    }
}
