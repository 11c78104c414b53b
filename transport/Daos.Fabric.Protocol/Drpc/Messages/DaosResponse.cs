using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Protocol.Drpc.Messages;

/// <summary>DAOS's <c>DaosResp { int32 status = 1; }</c>: a code and nothing else; many answers begin with it. A value.</summary>
/// <param name="Code">How it ended.</param>
public readonly record struct DaosResponse(DerCode Code)
{
    /// <summary>The body.</summary>
    public byte[] Write() => new ProtoWriter().Write(1, Code.Value).ToArray();

    /// <summary>Reads it, or the beginning of an answer that has more; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out DaosResponse response)
    {
        var code = 0;
        var reader = new ProtoReader(body);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            if ((field, type) == (1, ProtoWireType.Varint))
            {
                code = reader.ReadInt32();
            }
            else
            {
                reader.Skip(type);
            }
        }

        response = new DaosResponse(new DerCode(code));
        return !reader.Failed;
    }
}
