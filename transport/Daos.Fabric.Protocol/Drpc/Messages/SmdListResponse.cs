using System.Diagnostics.CodeAnalysis;
using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Protocol.Drpc.Messages;

/// <summary>
/// DAOS's <c>SmdDevResp</c>, <c>SmdPoolResp</c> and <c>DevManageResp</c>, which are alike on the wire: a code (1), then devices or pools (2). Immutable.
/// </summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Code">How it ended.</param>
/// <param name="Items">The list; one device at most where a device was managed.</param>
public sealed record SmdListResponse<T>(DerCode Code, IReadOnlyList<T> Items)
{
    /// <summary>Reads one element.</summary>
    public delegate bool Reading(ReadOnlySpan<byte> message, [NotNullWhen(true)] out T? item);

    /// <summary>The body.</summary>
    public byte[] Write(Func<T, ProtoWriter> write)
    {
        ProtoWriter writer = new ProtoWriter().Write(1, Code.Value);
        foreach (T item in Items)
        {
            writer.WriteAlways(2, write(item));
        }

        return writer.ToArray();
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, Reading read, [NotNullWhen(true)] out SmdListResponse<T>? response)
    {
        int code = 0;
        bool isBad = false;
        var items = new List<T>();
        var reader = new ProtoReader(body);
        while (!isBad && reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Varint):
                    code = reader.ReadInt32();
                    break;
                case (2, ProtoWireType.Bytes):
                    isBad = items.Count == DrpcLimits.ListMax || !read(reader.ReadBytes(), out T? item) || !TryAdd(items, item);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        response = isBad || reader.Failed ? null : new SmdListResponse<T>(new DerCode(code), items);
        return response is not null;
    }

    private static bool TryAdd(List<T> items, T item)
    {
        items.Add(item);
        return true;
    }
}
