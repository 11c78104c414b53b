using System.Diagnostics.CodeAnalysis;
using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Protocol.Drpc.Messages;

/// <summary>
/// DAOS's <c>GroupUpdateReq { uint32 map_version = 1; repeated Engine engines = 2; }</c> with <c>Engine { uint32 rank = 1; string uri = 2; uint64
/// incarnation = 3; }</c>: all ranks of the system. Immutable.
/// </summary>
/// <param name="MapVersion">Version of the group.</param>
/// <param name="Engines">Its members.</param>
public sealed record GroupUpdateRequest(uint MapVersion, IReadOnlyList<GroupUpdateEngine> Engines)
{
    /// <summary>The body.</summary>
    public byte[] Write()
    {
        ProtoWriter writer = new ProtoWriter().Write(1, MapVersion);
        foreach (GroupUpdateEngine engine in Engines)
        {
            writer.WriteAlways(2, new ProtoWriter().Write(1, engine.Rank.Value).Write(2, engine.Uri).Write(3, engine.Incarnation));
        }

        return writer.ToArray();
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, [NotNullWhen(true)] out GroupUpdateRequest? request)
    {
        uint version = 0;
        bool isBad = false;
        var engines = new List<GroupUpdateEngine>();
        var reader = new ProtoReader(body);
        while (!isBad && reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Varint):
                    version = reader.ReadUInt32();
                    break;
                case (2, ProtoWireType.Bytes):
                    isBad = engines.Count == DrpcLimits.ListMax || !TryReadEngine(reader.ReadBytes(), out GroupUpdateEngine engine) || !TryAdd(engines, engine);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        request = isBad || reader.Failed ? null : new GroupUpdateRequest(version, engines);
        return request is not null;
    }

    private static bool TryAdd(List<GroupUpdateEngine> engines, GroupUpdateEngine engine)
    {
        engines.Add(engine);
        return true;
    }

    private static bool TryReadEngine(ReadOnlySpan<byte> message, out GroupUpdateEngine engine)
    {
        (uint rank, string uri, ulong incarnation) = (0, "", 0);
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Varint):
                    rank = reader.ReadUInt32();
                    break;
                case (2, ProtoWireType.Bytes):
                    uri = reader.ReadText(DrpcLimits.UriBytesMax);
                    break;
                case (3, ProtoWireType.Varint):
                    incarnation = reader.ReadVarint();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        engine = new GroupUpdateEngine(new Rank(rank), uri, incarnation);
        return !reader.Failed;
    }
}
