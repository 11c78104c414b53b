using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Protocol.Drpc.Messages;

/// <summary>
/// DAOS's <c>SetFaultyReq { string uuid = 1; }</c>, <c>BioHealthReq { string dev_uuid = 1; }</c> and <c>DevReplaceReq { string old_dev_uuid = 1; string
/// new_dev_uuid = 2; }</c>. A value.
/// </summary>
/// <param name="Id">The device.</param>
/// <param name="New">
/// What comes in its place: the same one puts it back with what it holds; empty is whichever is there, which comes up empty.
/// </param>
public readonly record struct DeviceRequest(Guid Id, Guid New = default)
{
    /// <summary>The body.</summary>
    public byte[] Write() => new ProtoWriter().Write(1, Id.ToString()).Write(2, New == Guid.Empty ? "" : New.ToString()).ToArray();

    /// <summary>Reads it; false when it is malformed, also when the text is no UUID.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out DeviceRequest request)
    {
        (string id, string other) = ("", "");
        var reader = new ProtoReader(body);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Bytes):
                    id = reader.ReadText(DrpcLimits.TextBytesMax);
                    break;
                case (2, ProtoWireType.Bytes):
                    other = reader.ReadText(DrpcLimits.TextBytesMax);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        Guid replacement = default;
        bool isGood = Guid.TryParse(id, out Guid device) && (other.Length == 0 || Guid.TryParse(other, out replacement)) && !reader.Failed;
        request = new DeviceRequest(device, replacement);
        return isGood;
    }
}
