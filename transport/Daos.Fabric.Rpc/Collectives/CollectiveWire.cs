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

    /// <summary>Bytes of a request.</summary>
    internal static int SizeOf(int filterCount, int payloadBytes) => PayloadOffset(filterCount) + payloadBytes;

    /// <summary>Fills the room of a request, which is as long as <see cref="SizeOf"/> says.</summary>
    internal static void Write(Span<byte> room, in CollectiveHeader header, IReadOnlyList<Rank> filter, ReadOnlySpan<byte> payload)
    {
        var writer = new WireWriter(room);
        writer.WriteUInt32(header.Opcode.Value);
        writer.WriteUInt32(header.GroupId);
        writer.WriteUInt32(header.Version);
        writer.WriteUInt32(header.PrimaryVersion);
        writer.WriteUInt32(header.Topology.Value);
        writer.WriteUInt32(header.Root.Value);
        writer.WriteUInt32((uint)header.Flags);
        writer.WriteUInt32((uint)header.FilterCount);
        for (int i = 0; i < header.FilterCount; i++)
        {
            writer.WriteUInt32(filter[i].Value);
        }

        writer.Align8();
        writer.WriteBytes(payload);
        Invariant.Check(!writer.Failed && writer.Remaining == 0);
    }

    /// <summary>Reads and checks a header; false for a malformed one. The payload begins at the position given.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, out CollectiveHeader header, out int payloadOffset)
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
        header = default;
        payloadOffset = 0;
        if (reader.Failed || !isTree || (uint)flags > 7 || count > CollectiveLimits.FilterMax || count * sizeof(uint) > reader.Remaining)
        {
            return false;
        }

        reader.ReadBytes((int)count * sizeof(uint));
        reader.ReadPadding8();
        payloadOffset = reader.Position;
        header = new CollectiveHeader(opcode, groupId, version, primaryVersion, topology, root, flags, (int)count);
        return !reader.Failed && reader.Remaining <= CollectiveLimits.PayloadBytesMax;
    }

    /// <summary>Reads the ranks of the filter of a request that was checked.</summary>
    internal static void ReadFilter(ReadOnlySpan<byte> bytes, Span<uint> filter)
    {
        var reader = new WireReader(bytes[HeadBytes..]);
        foreach (ref uint rank in filter)
        {
            rank = reader.ReadUInt32();
        }

        Invariant.Check(!reader.Failed);
    }

    internal static int WriteReply(Span<byte> room, in CollectiveResult result, ReadOnlySpan<byte> reply)
    {
        var writer = new WireWriter(room);
        writer.WriteUInt32((uint)result.Reached);
        writer.WriteUInt32((uint)result.Failed);
        writer.WriteUInt32(result.FailedRank.Value);
        writer.WriteUInt32((uint)result.FailedCode.Value);
        writer.WriteBytes(reply);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads a reply for so many ranks; false for a malformed one.</summary>
    internal static bool TryReadReply(ReadOnlySpan<byte> bytes, int ranks, out CollectiveResult result, out ReadOnlySpan<byte> reply)
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

        reply = reader.ReadBytes(reader.Remaining);
        result = new CollectiveResult((int)reached, (int)failed, rank, new DerCode(code));
        return !reader.Failed && (ulong)reached + failed == (ulong)ranks && code <= 0 && reply.Length <= ReplyRoom.BytesMax;
    }

    private static int PayloadOffset(int filterCount) => HeadBytes + (((filterCount * sizeof(uint)) + 7) & ~7);
}
