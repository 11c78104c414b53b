using System.Diagnostics.CodeAnalysis;
using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Protocol.Drpc.Messages;

/// <summary>DAOS's <c>NotifyReadyReq</c>: an engine listens. Immutable.</summary>
/// <param name="Uri">Its primary address, tag 0.</param>
/// <param name="Contexts">Number of its contexts.</param>
/// <param name="ListenerSocket">Where it takes dRPC calls.</param>
/// <param name="InstanceIndex">Which engine of its daos_server it is.</param>
/// <param name="Targets">Number of its targets.</param>
/// <param name="Incarnation">Of this life: higher than that of every earlier one.</param>
/// <param name="SecondaryUris">Its addresses over further providers.</param>
/// <param name="SecondaryContexts">Number of contexts for each of them.</param>
public sealed record NotifyReadyRequest(
    string Uri,
    uint Contexts,
    string ListenerSocket,
    uint InstanceIndex,
    uint Targets,
    ulong Incarnation,
    IReadOnlyList<string> SecondaryUris,
    IReadOnlyList<uint> SecondaryContexts)
{
    private const int SecondariesMax = 16;

    /// <summary>The body.</summary>
    public byte[] Write()
    {
        ProtoWriter writer = new ProtoWriter()
            .Write(1, Uri).Write(2, Contexts).Write(3, ListenerSocket).Write(4, InstanceIndex).Write(5, Targets).Write(6, Incarnation);
        foreach (string uri in SecondaryUris)
        {
            writer.WriteAlways(7, System.Text.Encoding.UTF8.GetBytes(uri));
        }

        return writer.Write(8, [.. SecondaryContexts.Select(static c => (ulong)c)]).ToArray();
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, [NotNullWhen(true)] out NotifyReadyRequest? request)
    {
        (string uri, string socket) = ("", "");
        (uint contexts, uint instance, uint targets, ulong incarnation) = (0, 0, 0, 0);
        var uris = new List<string>();
        var counts = new List<ulong>();
        bool isTooLong = false;
        var reader = new ProtoReader(body);
        while (!isTooLong && reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Bytes):
                    uri = reader.ReadText(DrpcLimits.UriBytesMax);
                    break;
                case (2, ProtoWireType.Varint):
                    contexts = reader.ReadUInt32();
                    break;
                case (3, ProtoWireType.Bytes):
                    socket = reader.ReadText(DrpcLimits.UriBytesMax);
                    break;
                case (4, ProtoWireType.Varint):
                    instance = reader.ReadUInt32();
                    break;
                case (5, ProtoWireType.Varint):
                    targets = reader.ReadUInt32();
                    break;
                case (6, ProtoWireType.Varint):
                    incarnation = reader.ReadVarint();
                    break;
                case (7, ProtoWireType.Bytes):
                    isTooLong = uris.Count == SecondariesMax;
                    uris.Add(reader.ReadText(DrpcLimits.UriBytesMax));
                    break;
                case (8, _):
                    reader.ReadNumbers(type, counts, SecondariesMax);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        request = reader.Failed || isTooLong
            ? null
            : new NotifyReadyRequest(uri, contexts, socket, instance, targets, incarnation, uris, [.. counts.Select(static c => (uint)c)]);
        return request is not null;
    }
}
