using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Metadata.Remote;

/// <summary>Keys, entries and ranges as messages. What is read may be anything. Pure functions.</summary>
internal static class RemoteKeys
{
    /// <summary>
    /// A key of a request: bytes that begin with 0xFF are the end of all keys, or a key of a session; no others of the store's own. False for those, and
    /// when it is too long.
    /// </summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, out MetadataKey key)
    {
        bool isReserved = bytes.Length > 0 && bytes[0] == MetadataKey.OwnPrefix;
        key = MetadataKey.Found(bytes.ToArray());
        return bytes.Length <= MetadataLimits.KeyBytesMax + 1 && (!isReserved || bytes.Length == 1 || bytes[1] == RemoteLimits.SessionKey);
    }

    /// <summary>key (1), value (2), create revision (3), mod revision (4), version (5), lease (6).</summary>
    internal static ProtoWriter Write(MetadataEntry entry) => new ProtoWriter()
        .Write(1, entry.Key.Bytes.Span)
        .Write(2, entry.Value.Span)
        .Write(3, entry.CreateRevision)
        .Write(4, entry.ModRevision)
        .Write(5, entry.Version)
        .Write(6, entry.Lease);

    /// <summary>An entry of an answer; null when it is malformed.</summary>
    internal static MetadataEntry? ReadEntry(ReadOnlySpan<byte> message)
    {
        (byte[] key, byte[] value) = ([], []);
        (long created, long modified, long version, long lease) = (0, 0, 0, 0);
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Bytes):
                    key = reader.ReadBytes().ToArray();
                    break;
                case (2, ProtoWireType.Bytes):
                    value = reader.ReadBytes().ToArray();
                    break;
                case (3, ProtoWireType.Varint):
                    created = reader.ReadInt64();
                    break;
                case (4, ProtoWireType.Varint):
                    modified = reader.ReadInt64();
                    break;
                case (5, ProtoWireType.Varint):
                    version = reader.ReadInt64();
                    break;
                case (6, ProtoWireType.Varint):
                    lease = reader.ReadInt64();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return reader.Failed || key.Length == 0 ? null : new MetadataEntry(MetadataKey.Found(key), value, created, modified, version, lease);
    }

    /// <summary>from (1), to (2), limit (3), revision (4), keys only (5).</summary>
    internal static ProtoWriter Write(MetadataRange range) => new ProtoWriter()
        .Write(1, range.From.Bytes.Span)
        .Write(2, range.To.Bytes.Span)
        .Write(3, range.Limit)
        .Write(4, range.Revision)
        .Write(5, range.KeysOnly);

    /// <summary>A range of a request; null when it is malformed.</summary>
    internal static MetadataRange? ReadRange(ReadOnlySpan<byte> message)
    {
        (MetadataKey from, MetadataKey to) = (default, default);
        (int limit, long revision, bool keysOnly, bool isGood) = (0, 0, false, true);
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Bytes):
                    isGood &= TryRead(reader.ReadBytes(), out from);
                    break;
                case (2, ProtoWireType.Bytes):
                    isGood &= TryRead(reader.ReadBytes(), out to);
                    break;
                case (3, ProtoWireType.Varint):
                    limit = reader.ReadInt32();
                    break;
                case (4, ProtoWireType.Varint):
                    revision = reader.ReadInt64();
                    break;
                case (5, ProtoWireType.Varint):
                    keysOnly = reader.ReadBool();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return reader.Failed || !isGood ? null : new MetadataRange { From = from, To = to, Limit = limit, Revision = revision, KeysOnly = keysOnly };
    }
}
