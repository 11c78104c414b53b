using System.Diagnostics.CodeAnalysis;
using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Protocol.Drpc.Messages;

/// <summary>
/// DAOS's <c>SmdDevice</c> as far as we have it: uuid (1), tgt_ids (2), rank (9), role_bits (10), and of its <c>ctrlr</c> (16) the dev_state (9).
/// Immutable.
/// </summary>
/// <param name="Id">The device.</param>
/// <param name="Targets">Targets on it.</param>
/// <param name="Rank">Its engine.</param>
/// <param name="Roles">Bits: 1 data, 2 metadata, 4 log.</param>
/// <param name="State">Where it stands.</param>
public sealed record SmdDevice(Guid Id, IReadOnlyList<int> Targets, Rank Rank, uint Roles, SmdDeviceState State)
{
    private const int TargetsMax = 4096;

    /// <summary>The message within others.</summary>
    public ProtoWriter Write() => new ProtoWriter()
        .Write(1, Id.ToString())
        .Write(2, [.. Targets.Select(static t => (ulong)t)])
        .Write(9, Rank.Value)
        .Write(10, Roles)
        .WriteAlways(16, new ProtoWriter().Write(9, (int)State));

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, [NotNullWhen(true)] out SmdDevice? device)
    {
        (string id, uint rank, uint roles, SmdDeviceState state) = ("", 0, 0, SmdDeviceState.Unknown);
        var targets = new List<ulong>();
        bool isBad = false;
        var reader = new ProtoReader(message);
        while (!isBad && reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Bytes):
                    id = reader.ReadText(DrpcLimits.TextBytesMax);
                    break;
                case (2, _):
                    reader.ReadNumbers(type, targets, TargetsMax);
                    break;
                case (9, ProtoWireType.Varint):
                    rank = reader.ReadUInt32();
                    break;
                case (10, ProtoWireType.Varint):
                    roles = reader.ReadUInt32();
                    break;
                case (16, ProtoWireType.Bytes):
                    isBad = !TryReadController(reader.ReadBytes(), out state);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        device = !isBad && !reader.Failed && Guid.TryParse(id, out Guid guid)
            ? new SmdDevice(guid, [.. targets.Select(static t => (int)t)], new Rank(rank), roles, state)
            : null;
        return device is not null;
    }

    private static bool TryReadController(ReadOnlySpan<byte> message, out SmdDeviceState state)
    {
        state = SmdDeviceState.Unknown;
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            if ((field, type) == (9, ProtoWireType.Varint))
            {
                state = (SmdDeviceState)reader.ReadInt32();
            }
            else
            {
                reader.Skip(type);
            }
        }

        return !reader.Failed;
    }
}
