using Daos.Fabric.Transport.Ofi.Connections;

namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <summary>A packet being filled or on its way. Owned by its endpoint's owner thread.</summary>
internal sealed unsafe class SendPacket(byte* address, int index)
{
    /// <summary>First byte, of the header.</summary>
    internal byte* Address { get; } = address;

    /// <summary>Position among the endpoint's send packets.</summary>
    internal int Index { get; } = index;

    /// <summary>Bytes written, header included.</summary>
    internal int UsedBytes { get; set; }

    /// <summary>Whose it is; null once that connection does not wait for it any more.</summary>
    internal OfiConnection? Connection { get; set; }

    /// <summary>Next in the connection's queue.</summary>
    internal SendPacket? Next { get; set; }
}
