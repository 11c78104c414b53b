namespace Daos.Fabric.Transport.SharedMemory.Bulk;

/// <summary>What a peer may reach of our memory for one transfer. Owned by one owner thread.</summary>
internal unsafe struct Grant
{
    /// <summary>The peer's number of the transfer.</summary>
    public uint Transfer;

    /// <summary>The registration.</summary>
    public ulong Key;

    public byte* Address;
    public int LengthBytes;

    /// <summary>Bytes that went through the ring.</summary>
    public int PositionBytes;

    public GrantWay Way;
    public bool IsActive;
    public bool IsWrite;

    /// <summary>The registration was revoked: nothing of the memory is touched on this side any more.</summary>
    public bool IsRevoked;

    /// <summary>Position in the list of active grants.</summary>
    public int Index;

    /// <summary>True when the peer itself touches the memory.</summary>
    public readonly bool IsDirect => Way is GrantWay.Region or GrantWay.Process;
}
