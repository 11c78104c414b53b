using System.Buffers.Binary;

namespace Daos.Fabric.Protocol.Objects;

/// <summary>The reply to an update or punch: the epoch of the change, 8 bytes. A resend gets the first one.</summary>
public static class EpochReply
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 8;

    /// <summary>Writes 8 bytes.</summary>
    public static void Write(Span<byte> payload, Epoch epoch) => BinaryPrimitives.WriteUInt64LittleEndian(payload, epoch.Value);

    /// <summary>Reads it; false when the length is wrong.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out Epoch epoch)
    {
        epoch = payload.Length == SizeBytes ? new Epoch(BinaryPrimitives.ReadUInt64LittleEndian(payload)) : Epoch.None;
        return payload.Length == SizeBytes;
    }
}
