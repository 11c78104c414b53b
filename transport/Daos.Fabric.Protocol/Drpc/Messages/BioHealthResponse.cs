using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Protocol.Drpc.Messages;

/// <summary>
/// DAOS's <c>BioHealthResp</c> as far as files have health: timestamp (3), bio_read_errs (13), bio_write_errs (14), checksum_errs (16), status (23),
/// dev_uuid (24). Failed flushes count as writes. A value.
/// </summary>
/// <param name="Code">How it ended.</param>
/// <param name="Id">The device.</param>
/// <param name="ReadErrors">Reads that failed.</param>
/// <param name="WriteErrors">Writes and flushes that failed.</param>
/// <param name="ChecksumErrors">Values that were not what was written.</param>
/// <param name="TimestampS">When it was looked at, Unix time in seconds.</param>
public readonly record struct BioHealthResponse(
    DerCode Code, Guid Id = default, uint ReadErrors = 0, uint WriteErrors = 0, uint ChecksumErrors = 0, ulong TimestampS = 0)
{
    /// <summary>The body.</summary>
    public byte[] Write() => new ProtoWriter()
        .Write(3, TimestampS).Write(13, ReadErrors).Write(14, WriteErrors).Write(16, ChecksumErrors).Write(23, Code.Value)
        .Write(24, Id == Guid.Empty ? "" : Id.ToString()).ToArray();

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out BioHealthResponse response)
    {
        var found = default(BioHealthResponse);
        var reader = new ProtoReader(body);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (3, ProtoWireType.Varint):
                    found = found with { TimestampS = reader.ReadVarint() };
                    break;
                case (13, ProtoWireType.Varint):
                    found = found with { ReadErrors = reader.ReadUInt32() };
                    break;
                case (14, ProtoWireType.Varint):
                    found = found with { WriteErrors = reader.ReadUInt32() };
                    break;
                case (16, ProtoWireType.Varint):
                    found = found with { ChecksumErrors = reader.ReadUInt32() };
                    break;
                case (23, ProtoWireType.Varint):
                    found = found with { Code = new DerCode(reader.ReadInt32()) };
                    break;
                case (24, ProtoWireType.Bytes):
                    found = found with { Id = Guid.TryParse(reader.ReadText(DrpcLimits.TextBytesMax), out Guid id) ? id : default };
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        response = found;
        return !reader.Failed;
    }
}
