using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Collectives;

/// <summary>The layouts of a collective's request and reply. Any thread.</summary>
/// <remarks>
/// <code>
/// request
///      0       1       2       3       4       5       6       7
///  0 | opcode meant                  | group number                  |
///  8 | group version                 | primary group version         |
/// 16 | topology                      | root rank                     |
/// 24 | flags                         | ranks in the filter           |
/// 32 | filter: 4 bytes each, zeroes up to 8, then the payload        |
/// reply
///  0 | ranks reached                 | ranks failed                  |
///  8 | first failed rank             | its code                      |
/// 16 | aggregated reply                                              |
/// </code>
/// </remarks>
internal static class CollectiveWire
{
    internal const int ReplyHeadBytes = 16;
    private const int HeadBytes = 32;

    internal static byte[] Write(CollectiveHeader header, ReadOnlySpan<byte> payload)
    {
        byte[] bytes = new byte[HeadBytes + (((header.Filter.Length * sizeof(uint)) + 7) & ~7) + payload.Length];
        var writer = new WireWriter(bytes);
        writer.WriteUInt32(header.Opcode.Value);
        writer.WriteUInt32(header.GroupId);
        writer.WriteUInt32(header.Version);
        writer.WriteUInt32(header.PrimaryVersion);
        writer.WriteUInt32(header.Topology.Value);
        writer.WriteUInt32(header.Root.Value);
        writer.WriteUInt32((uint)header.Flags);
        writer.WriteUInt32((uint)header.Filter.Length);
        foreach (Rank rank in header.Filter)
        {
            writer.WriteUInt32(rank.Value);
        }

        writer.Align8();
        writer.WriteBytes(payload);
        Invariant.Check(!writer.Failed);
        return bytes;
    }

    /// <summary>Reads and checks a header; null for a malformed one. The payload begins at the position given.</summary>
    internal static CollectiveHeader? Read(ReadOnlySpan<byte> bytes, out int payloadOffset)
    {
        var reader = new WireReader(bytes);
        var opcode = new RpcOpcode(reader.ReadUInt32());
        uint groupId = reader.ReadUInt32();
        uint version = reader.ReadUInt32();
        uint primaryVersion = reader.ReadUInt32();
        bool isTree = TreeTopology.TryRead(reader.ReadUInt32(), out TreeTopology topology);
        var root = new Rank(reader.ReadUInt32());
        var flags = (CollectiveFlags)reader.ReadUInt32();
        uint count = reader.ReadUInt32();
        payloadOffset = 0;
        if (reader.Failed || !isTree || (uint)flags > 7 || count > CollectiveLimits.FilterMax || count * sizeof(uint) > reader.Remaining)
        {
            return null;
        }

        var filter = new Rank[count];
        for (int i = 0; i < filter.Length; i++)
        {
            filter[i] = new Rank(reader.ReadUInt32());
        }

        reader.ReadPadding8();
        payloadOffset = reader.Position;
        return reader.Failed || reader.Remaining > CollectiveLimits.PayloadBytesMax
            ? null
            : new CollectiveHeader(opcode, groupId, version, primaryVersion, topology, root, flags, filter);
    }

    internal static int WriteReply(Span<byte> room, CollectiveResult result)
    {
        var writer = new WireWriter(room);
        writer.WriteUInt32((uint)result.Reached);
        writer.WriteUInt32((uint)result.Failed);
        writer.WriteUInt32(result.FailedRank.Value);
        writer.WriteUInt32((uint)result.FailedCode.Value);
        writer.WriteBytes(result.Reply);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads a reply for so many ranks; null for a malformed one.</summary>
    internal static CollectiveResult? ReadReply(ReadOnlySpan<byte> bytes, int ranks)
    {
        var reader = new WireReader(bytes);
        uint reached = reader.ReadUInt32();
        uint failed = reader.ReadUInt32();
        var rank = new Rank(reader.ReadUInt32());
        int code = (int)reader.ReadUInt32();
        if (reached == 0 && failed == uint.MaxValue)
        {
            // It could not count those below it.
            failed = (uint)ranks;
        }

        if (reader.Failed || (ulong)reached + failed != (ulong)ranks || code > 0 || reader.Remaining > CollectiveLimits.ReplyBytesMax)
        {
            return null;
        }

        return new CollectiveResult((int)reached, (int)failed, rank, new DerCode(code), reader.ReadBytes(reader.Remaining).ToArray());
    }
}
