using System.Diagnostics.CodeAnalysis;
using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Protocol.Drpc;

/// <summary>The answer to a call: protobuf's <c>Response { int64 sequence = 1; Status status = 2; bytes body = 3; }</c>. Immutable.</summary>
/// <param name="Sequence">Of the call.</param>
/// <param name="Status">What became of it.</param>
/// <param name="Body">The method's answer.</param>
public sealed record DrpcResponse(long Sequence, DrpcStatus Status, ReadOnlyMemory<byte> Body)
{
    /// <summary>The message.</summary>
    public ReadOnlyMemory<byte> Write() => new ProtoWriter().Write(1, Sequence).Write(2, (int)Status).Write(3, Body.Span).Written;

    /// <summary>Reads what may be anything; the body lies within the message. A status that nobody knows is malformed.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> message, [NotNullWhen(true)] out DrpcResponse? response)
    {
        (long sequence, int status, ReadOnlyMemory<byte> body) = (0, 0, default);
        var reader = new ProtoReader(message.Span);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Varint):
                    sequence = reader.ReadInt64();
                    break;
                case (2, ProtoWireType.Varint):
                    status = reader.ReadInt32();
                    break;
                case (3, ProtoWireType.Bytes):
                    body = Within(message, reader.ReadBytes());
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        bool isGood = !reader.Failed && status is >= (int)DrpcStatus.Success and <= (int)DrpcStatus.FailedMarshal;
        response = isGood ? new DrpcResponse(sequence, (DrpcStatus)status, body) : null;
        return isGood;
    }

    /// <summary>The memory of a part that was found by its span.</summary>
    internal static ReadOnlyMemory<byte> Within(ReadOnlyMemory<byte> message, ReadOnlySpan<byte> part)
    {
        if (part.IsEmpty)
        {
            return default;
        }

        int start = (int)Unsafe.ByteOffset(in MemoryMarshal.GetReference(message.Span), in MemoryMarshal.GetReference(part));
        return message.Slice(start, part.Length);
    }
}
