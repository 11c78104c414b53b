using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Swim;

/// <summary>A SWIM message as it travels. Any thread.</summary>
/// <remarks>
/// <code>
///      0       1       2       3       4       5       6       7
///  0 | rank of the receiver          | target                        |
///  8 | sequence                      | exclusion version             |
/// 16 | updates       | 0                                             |
/// 24 | per update: rank              | status| 0                     |
///    | incarnation                                                   |
/// </code>
/// The exclusion version is 0 when the receiver is in the sender's group, else the version of the group without it.
/// </remarks>
internal static class SwimWire
{
    internal const int HeadBytes = 24;
    internal const int UpdateBytes = 16;

    internal const int BytesMax = HeadBytes + (SwimLimits.UpdatesMax * UpdateBytes);

    internal static int Write(Span<byte> room, Rank to, in SwimMessage message, uint exclusionVersion, ReadOnlySpan<SwimUpdate> updates)
    {
        var writer = new WireWriter(room);
        writer.WriteUInt32(to.Value);
        writer.WriteUInt32(message.Target.Value);
        writer.WriteUInt32(message.Sequence);
        writer.WriteUInt32(exclusionVersion);
        writer.WriteUInt16((ushort)updates.Length);
        writer.Align8();
        foreach (SwimUpdate update in updates)
        {
            writer.WriteUInt32(update.Rank.Value);
            writer.WriteByte((byte)update.Status);
            writer.Align8();
            writer.WriteUInt64(update.Incarnation);
        }

        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads and checks a message completely; returns the number of updates, negative for a malformed message.</summary>
    internal static int Read(ReadOnlySpan<byte> payload, SwimMessageKind kind, out Rank to, out SwimMessage message, out uint exclusionVersion, Span<SwimUpdate> updates)
    {
        var reader = new WireReader(payload);
        to = new Rank(reader.ReadUInt32());
        message = new SwimMessage(kind, new Rank(reader.ReadUInt32()), reader.ReadUInt32());
        exclusionVersion = reader.ReadUInt32();
        int count = reader.ReadUInt16();
        reader.Align8();
        if (count > updates.Length || reader.Remaining != count * UpdateBytes)
        {
            return -1;
        }

        for (int i = 0; i < count; i++)
        {
            var rank = new Rank(reader.ReadUInt32());
            byte status = reader.ReadByte();
            reader.Align8();
            updates[i] = new SwimUpdate(rank, (SwimStatus)status, reader.ReadUInt64());
            if (status > (byte)SwimStatus.Inactive)
            {
                reader.Fail();
            }
        }

        return reader.IsComplete ? count : -1;
    }
}
