using System.Diagnostics.CodeAnalysis;
using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Protocol.Drpc;

/// <summary>A call: protobuf's <c>Call { int32 module = 1; int32 method = 2; int64 sequence = 3; bytes body = 4; }</c>. Immutable.</summary>
/// <param name="Module">Who is meant, <see cref="DrpcModules"/>.</param>
/// <param name="Method">What to do, <see cref="DrpcMethods"/>.</param>
/// <param name="Sequence">Grows with every call of a session.</param>
/// <param name="Body">The method's request.</param>
public sealed record DrpcCall(int Module, int Method, long Sequence, ReadOnlyMemory<byte> Body)
{
    /// <summary>The message.</summary>
    public ReadOnlyMemory<byte> Write() =>
        new ProtoWriter().Write(1, Module).Write(2, Method).Write(3, Sequence).Write(4, Body.Span).Written;

    /// <summary>Reads what may be anything; the body lies within the message.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> message, [NotNullWhen(true)] out DrpcCall? call)
    {
        (int module, int method, long sequence, ReadOnlyMemory<byte> body) = (0, 0, 0, default);
        var reader = new ProtoReader(message.Span);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Varint):
                    module = reader.ReadInt32();
                    break;
                case (2, ProtoWireType.Varint):
                    method = reader.ReadInt32();
                    break;
                case (3, ProtoWireType.Varint):
                    sequence = reader.ReadInt64();
                    break;
                case (4, ProtoWireType.Bytes):
                    body = DrpcResponse.Within(message, reader.ReadBytes());
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        call = reader.Failed ? null : new DrpcCall(module, method, sequence, body);
        return call is not null;
    }
}
