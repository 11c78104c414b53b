namespace Daos.Fabric.Core.Protobuf;

/// <summary>How a field stands on the wire; protobuf's numbers. Groups (3 and 4) are refused.</summary>
public enum ProtoWireType : byte
{
    /// <summary>A number, 7 bits a byte, lowest first.</summary>
    Varint = 0,

    /// <summary>8 bytes, little-endian.</summary>
    Fixed64 = 1,

    /// <summary>A length as a varint, then so many bytes: bytes, text, messages, packed numbers.</summary>
    Bytes = 2,

    /// <summary>4 bytes, little-endian.</summary>
    Fixed32 = 5,
}
