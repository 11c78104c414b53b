using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Metadata.Remote;

/// <summary>
/// Transactions as messages: when (1), then (2), else (3), each repeated, guard (4). A condition: key (1), field (2), relation (3), number (4), value (5).
/// An operation: key (1), value (2), lease (3), is delete (4). A guard: key (1), mod revision (2), mark (3), lease (4), always (5). What is read may be
/// anything. Pure functions.
/// </summary>
internal static class RemoteTransactions
{
    internal static ReadOnlyMemory<byte> Write(MetadataTransaction transaction)
    {
        var writer = new ProtoWriter();
        foreach (MetadataCompare compare in transaction.When)
        {
            writer.WriteAlways(1, new ProtoWriter()
                .Write(1, compare.Key.Bytes.Span).Write(2, (int)compare.Field).Write(3, (int)compare.Relation).Write(4, compare.Number).Write(5, compare.Value.Span));
        }

        Write(writer, 2, transaction.Then);
        Write(writer, 3, transaction.Else);
        if (transaction.Guard is { } guard)
        {
            writer.WriteAlways(4, new ProtoWriter()
                .Write(1, guard.Key.Bytes.Span).Write(2, guard.ModRevision).Write(3, guard.Mark.Span).Write(4, guard.Lease).Write(5, guard.Always));
        }

        return writer.Written;
    }

    /// <summary>Null when it is malformed, or has more parts than a transaction may have.</summary>
    internal static MetadataTransaction? Read(ReadOnlySpan<byte> message)
    {
        var when = new List<MetadataCompare>();
        var then = new List<MetadataOperation>();
        var otherwise = new List<MetadataOperation>();
        MetadataGuard? guard = null;
        bool isGood = true;
        var reader = new ProtoReader(message);
        while (isGood && reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Bytes):
                    isGood = when.Count < MetadataLimits.ComparesMax && TryAdd(when, ReadCompare(reader.ReadBytes()));
                    break;
                case (2, ProtoWireType.Bytes):
                    isGood = then.Count < MetadataLimits.OperationsMax && TryAdd(then, ReadOperation(reader.ReadBytes()));
                    break;
                case (3, ProtoWireType.Bytes):
                    isGood = otherwise.Count < MetadataLimits.OperationsMax && TryAdd(otherwise, ReadOperation(reader.ReadBytes()));
                    break;
                case (4, ProtoWireType.Bytes):
                    guard = ReadGuard(reader.ReadBytes());
                    isGood = guard is not null;
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return isGood && !reader.Failed ? new MetadataTransaction { When = when, Then = then, Else = otherwise, Guard = guard } : null;
    }

    private static void Write(ProtoWriter writer, int field, IReadOnlyList<MetadataOperation> operations)
    {
        foreach (MetadataOperation operation in operations)
        {
            writer.WriteAlways(field, new ProtoWriter()
                .Write(1, operation.Key.Bytes.Span).Write(2, operation.Value.Span).Write(3, operation.Lease).Write(4, operation.IsDelete));
        }
    }

    private static bool TryAdd<T>(List<T> list, T? item)
        where T : class
    {
        if (item is not null)
        {
            list.Add(item);
        }

        return item is not null;
    }

    private static MetadataCompare? ReadCompare(ReadOnlySpan<byte> message)
    {
        (MetadataKey key, int what, int relation, long number, byte[] value, bool isGood) = (default, 0, 0, 0, [], true);
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Bytes):
                    isGood &= RemoteKeys.TryRead(reader.ReadBytes(), out key);
                    break;
                case (2, ProtoWireType.Varint):
                    what = reader.ReadInt32();
                    break;
                case (3, ProtoWireType.Varint):
                    relation = reader.ReadInt32();
                    break;
                case (4, ProtoWireType.Varint):
                    number = reader.ReadInt64();
                    break;
                case (5, ProtoWireType.Bytes):
                    value = reader.ReadBytes().ToArray();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        isGood &= !reader.Failed && what is >= 0 and <= (int)MetadataField.Value && relation is >= 0 and <= (int)MetadataRelation.Greater;
        return !isGood ? null
            : (MetadataField)what == MetadataField.Value ? MetadataCompare.Of(key, (MetadataRelation)relation, value)
            : MetadataCompare.Of(key, (MetadataField)what, (MetadataRelation)relation, number);
    }

    private static MetadataOperation? ReadOperation(ReadOnlySpan<byte> message)
    {
        (MetadataKey key, byte[] value, long lease, bool isDelete, bool isGood) = (default, [], 0, false, true);
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Bytes):
                    isGood &= RemoteKeys.TryRead(reader.ReadBytes(), out key);
                    break;
                case (2, ProtoWireType.Bytes):
                    value = reader.ReadBytes().ToArray();
                    break;
                case (3, ProtoWireType.Varint):
                    lease = reader.ReadInt64();
                    break;
                case (4, ProtoWireType.Varint):
                    isDelete = reader.ReadBool();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return !isGood || reader.Failed ? null : isDelete ? MetadataOperation.Delete(key) : MetadataOperation.Put(key, value, lease);
    }

    private static MetadataGuard? ReadGuard(ReadOnlySpan<byte> message)
    {
        (MetadataKey key, long revision, byte[] mark, long lease, bool always, bool isGood) = (default, 0, [], 0, false, true);
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Bytes):
                    isGood &= RemoteKeys.TryRead(reader.ReadBytes(), out key);
                    break;
                case (2, ProtoWireType.Varint):
                    revision = reader.ReadInt64();
                    break;
                case (3, ProtoWireType.Bytes):
                    mark = reader.ReadBytes().ToArray();
                    break;
                case (4, ProtoWireType.Varint):
                    lease = reader.ReadInt64();
                    break;
                case (5, ProtoWireType.Varint):
                    always = reader.ReadBool();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        isGood &= !reader.Failed && key.IsOwn && key.Length > 1 && mark.Length <= RemoteLimits.MarkBytesMax && lease != 0;
        return isGood ? new MetadataGuard(key, revision, mark, lease, always) : null;
    }
}
