namespace Daos.Fabric.Metadata.Etcd.Wire;

/// <summary>
/// Transactions as etcd's. One with a guard stands inside another one that compares the marker, so that marker, conditions and changes are
/// one step of the cluster. Pure functions.
/// </summary>
internal static class TxnBuilder
{
    internal static TxnRequest Build(MetadataTransaction transaction, EtcdKeys keys)
    {
        MetadataGuard? guard = transaction.Guard;
        var inner = new TxnRequest(
            [.. transaction.When.Select(c => Of(c, keys))],
            Branch(transaction.Then, guard, MetadataBranch.Then, keys),
            Branch(transaction.Else, guard, MetadataBranch.Else, keys));
        if (guard is null)
        {
            return inner;
        }

        byte[] marker = keys.Of(guard.Key);
        var look = new RequestOp { RequestRange = new RangeRequest(marker, null, 0, 0, false) };
        return new TxnRequest(
            [new Compare("EQUAL", "MOD", marker) { ModRevision = guard.ModRevision }],
            [new RequestOp { RequestTxn = inner }],
            transaction.Then.Concat(transaction.Else).All(o => o.IsDelete) ? [look] : [look, Weight(guard, keys)]);
    }

    /// <summary>The answer; null when it is not one that etcd gives.</summary>
    internal static MetadataCommit? Read(TxnResponse response, MetadataGuard? guard, EtcdKeys keys)
    {
        if (response.Header is not { } header)
        {
            return null;
        }

        if (guard is null)
        {
            return new MetadataCommit(response.Succeeded ? MetadataBranch.Then : MetadataBranch.Else, header.Revision);
        }

        if (response.Responses is not [{ } first, ..])
        {
            return null;
        }

        if (!response.Succeeded)
        {
            return first.ResponseRange is not { } range || !(range.Kvs ?? []).All(keys.Owns) ? null : new MetadataCommit(MetadataBranch.Guarded, header.Revision)
            {
                Marker = range.Kvs is [{ } marker] ? keys.EntryOf(marker) : null,
            };
        }

        return first.ResponseTxn is not { } inner ? null
            : new MetadataCommit(inner.Succeeded ? MetadataBranch.Then : MetadataBranch.Else, header.Revision);
    }

    // Members weigh the writes of the outer transaction only and let one without any pass when their space is used up. So one that writes has
    // one there too, in the branch that is hardly ever taken; one that only deletes has none and is let through, as it should be.
    private static RequestOp Weight(MetadataGuard guard, EtcdKeys keys) =>
        Of(MetadataOperation.Put(MetadataKey.Own([(byte)'w', .. guard.Key.Bytes.Span[1..]]), default, guard.Lease), keys);

    private static RequestOp[] Branch(IReadOnlyList<MetadataOperation> operations, MetadataGuard? guard, MetadataBranch branch, EtcdKeys keys)
    {
        IEnumerable<RequestOp> requests = operations.Select(o => Of(o, keys));
        return guard is null || (!guard.Always && operations.Count == 0)
            ? [.. requests]
            : [.. requests, Of(MetadataOperation.Put(guard.Key, guard.MarkOf(branch), guard.Lease), keys)];
    }

    private static RequestOp Of(MetadataOperation operation, EtcdKeys keys) => operation.IsDelete
        ? new RequestOp { RequestDeleteRange = new DeleteRangeRequest(keys.Of(operation.Key)) }
        : new RequestOp { RequestPut = new PutRequest(keys.Of(operation.Key), operation.Value.ToArray(), operation.Lease) };

    private static Compare Of(MetadataCompare compare, EtcdKeys keys)
    {
        string result = compare.Relation switch
        {
            MetadataRelation.Equal => "EQUAL",
            MetadataRelation.NotEqual => "NOT_EQUAL",
            MetadataRelation.Less => "LESS",
            _ => "GREATER",
        };
        byte[] key = keys.Of(compare.Key);
        return compare.Field switch
        {
            MetadataField.ModRevision => new Compare(result, "MOD", key) { ModRevision = compare.Number },
            MetadataField.CreateRevision => new Compare(result, "CREATE", key) { CreateRevision = compare.Number },
            MetadataField.Version => new Compare(result, "VERSION", key) { Version = compare.Number },
            _ => new Compare(result, "VALUE", key) { Value = compare.Value.ToArray() },
        };
    }
}
