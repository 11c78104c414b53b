using System.Diagnostics.CodeAnalysis;
using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Protocol.Drpc.Messages;

/// <summary>A pool in <see cref="SmdListResponse{T}"/>: uuid (1) and tgt_ids (2). DAOS's blobs (3) have no meaning here. Immutable.</summary>
/// <param name="Id">The pool.</param>
/// <param name="Targets">Targets that hold shards of it.</param>
public sealed record SmdPool(Guid Id, IReadOnlyList<int> Targets)
{
    private const int TargetsMax = 4096;

    /// <summary>The message within the list.</summary>
    public ProtoWriter Write() => new ProtoWriter().Write(1, Id.ToString()).Write(2, [.. Targets.Select(static t => (ulong)t)]);

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, [NotNullWhen(true)] out SmdPool? pool)
    {
        string id = "";
        var targets = new List<ulong>();
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Bytes):
                    id = reader.ReadText(DrpcLimits.TextBytesMax);
                    break;
                case (2, _):
                    reader.ReadNumbers(type, targets, TargetsMax);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        pool = !reader.Failed && Guid.TryParse(id, out Guid guid) ? new SmdPool(guid, [.. targets.Select(static t => (int)t)]) : null;
        return pool is not null;
    }
}
