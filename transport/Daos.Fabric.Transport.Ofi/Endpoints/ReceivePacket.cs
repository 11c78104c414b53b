namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <summary>A packet that was or will be received; posted again when the last holder released it. Owned by its endpoint's owner thread.</summary>
internal sealed unsafe class ReceivePacket(OfiEndpoint endpoint, byte* address, int index) : MessageSegment
{
    /// <summary>First byte, of the header.</summary>
    internal byte* Address { get; } = address;

    /// <summary>Position among the endpoint's receive packets.</summary>
    internal int Index { get; } = index;

    /// <summary>Bytes received.</summary>
    internal int LengthBytes { get; set; }

    protected override void Recycle() => endpoint.Return(this);
}
