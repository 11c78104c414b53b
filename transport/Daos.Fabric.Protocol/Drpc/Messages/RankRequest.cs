using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Protocol.Drpc.Messages;

/// <summary>
/// DAOS's <c>SetRankReq { uint32 rank = 1; uint32 map_version = 2; uint32 daos_version = 3; }</c>, and <c>PingRankReq</c> and <c>PrepShutdownReq</c>,
/// which have the rank alone. A value.
/// </summary>
/// <param name="Rank">The rank that is meant.</param>
/// <param name="MapVersion">Version of the group in which it joined.</param>
public readonly record struct RankRequest(Rank Rank, uint MapVersion = 0)
{
    /// <summary>The body.</summary>
    public byte[] Write() => new ProtoWriter().Write(1, Rank.Value).Write(2, MapVersion).ToArray();

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out RankRequest request)
    {
        (uint rank, uint version) = (0, 0);
        var reader = new ProtoReader(body);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Varint):
                    rank = reader.ReadUInt32();
                    break;
                case (2, ProtoWireType.Varint):
                    version = reader.ReadUInt32();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        request = new RankRequest(new Rank(rank), version);
        return !reader.Failed;
    }
}
