namespace Daos.Fabric.Protocol.Pools;

/// <summary>
/// The reply to a connect. On the wire: handle (16 bytes), name, map version (4 bytes), flags (2 bytes, bit 0: volatile), number of targets (2 bytes), then for each target
/// its address (16-bit length, UTF-8), as seen over the provider that asked; an empty one is to be looked up.
/// </summary>
/// <param name="Handle">For later requests.</param>
/// <param name="Name">UUID and label.</param>
/// <param name="MapVersion">Goes with every I/O request.</param>
/// <param name="TargetUris">One per target, in order.</param>
public sealed record PoolConnectReply(Guid Handle, EntityName Name, uint MapVersion, IReadOnlyList<string> TargetUris)
{
    /// <summary>Longest address in bytes.</summary>
    public const int UriBytesMax = 128;

    private const ushort VolatileFlag = 1;

    /// <summary>True when nothing in the pool survives a restart of its engines.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>Room to ask for.</summary>
    public const int BytesMax = 16 + EntityName.BytesMax + 8 + (ProtocolLimits.TargetsMax * (2 + UriBytesMax));

    /// <summary>Fills the payload and returns its length.</summary>
    public int Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        writer.WriteGuid(Handle);
        Name.Write(ref writer);
        writer.WriteUInt32(MapVersion);
        writer.WriteUInt16(IsVolatile ? VolatileFlag : (ushort)0);
        writer.WriteUInt16((ushort)TargetUris.Count);
        foreach (string uri in TargetUris)
        {
            writer.WriteText(uri, UriBytesMax);
        }

        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out PoolConnectReply reply)
    {
        var reader = new WireReader(payload);
        Guid handle = reader.ReadGuid();
        EntityName name = EntityName.Read(ref reader);
        uint mapVersion = reader.ReadUInt32();
        int flags = reader.ReadUInt16();
        int targets = reader.ReadUInt16();
        if (flags > VolatileFlag || targets is 0 or > ProtocolLimits.TargetsMax)
        {
            reader.Fail();
        }

        var uris = new List<string>();
        for (int i = 0; i < targets && !reader.Failed; i++)
        {
            uris.Add(reader.ReadText(UriBytesMax));
        }

        reply = new PoolConnectReply(handle, name, mapVersion, uris) { IsVolatile = flags == VolatileFlag };
        return reader.IsComplete;
    }
}
