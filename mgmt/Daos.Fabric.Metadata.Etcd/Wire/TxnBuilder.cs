namespace Daos.Fabric.Metadata.Etcd.Wire;

/// <summary>
/// Transactions as etcd's: marker, conditions and changes are one step of the cluster. Pure functions.
/// <code>
/// if     the marker is as it was, and the conditions hold
/// then   the changes of Then, the marker
/// else   what the marker holds (as it was: a condition did not hold)            when Else changes nothing
///        if the marker is as it was, the changes of Else, the marker            otherwise
///        else what the marker holds
/// </code>
/// </summary>
internal static class TxnBuilder
{
    internal static TxnRequest Build(MetadataTransaction transaction, EtcdKeys keys)
    {
        Compare[] when = [.. transaction.When.Select(c => Of(c, keys))];
        if (transaction.Guard is not { } guard)
        {
            return new TxnRequest(when, Branch(transaction.Then, null, MetadataBranch.Then, keys), Branch(transaction.Else, null, MetadataBranch.Else, keys));
        }

        byte[] marker = keys.Of(guard.Key);
        var asItWas = new Compare("EQUAL", "MOD", marker) { ModRevision = guard.ModRevision };
        var look = new RequestOp { RequestRange = new RangeRequest(marker, null, 0, 0, false) };
        RequestOp[] then = Branch(transaction.Then, guard, MetadataBranch.Then, keys);
        RequestOp[] otherwise = Branch(transaction.Else, guard, MetadataBranch.Else, keys);
        RequestOp[] failure = otherwise.Length == 0 ? [look] : [new RequestOp { RequestTxn = new TxnRequest([asItWas], otherwise, [look]) }];

        // Members weigh the outermost writes only, and let a transaction without any pass when their space is used up: the ones that only delete
        // should pass, so the marker stands further in; those that write should not, so one has a write there if only for that.
        bool writes = !transaction.Then.Concat(transaction.Else).All(o => o.IsDelete);
        if (!writes && then.Length > 0)
        {
            then = [new RequestOp { RequestTxn = new TxnRequest([], then, []) }];
        }
        else if (writes && then.Length == 0)
        {
            failure = [.. failure, Of(MetadataOperation.Put(MetadataKey.Own("w"u8), default), keys)];
        }

        return new TxnRequest([asItWas, .. when], then, failure);
    }

    /// <summary>The answer; null when it is not one that etcd gives.</summary>
    internal static MetadataCommit? Read(TxnResponse response, MetadataGuard? guard, EtcdKeys keys)
    {
        if (response.Header is not { } header)
        {
            return null;
        }

        if (response.Succeeded || guard is null)
        {
            return new MetadataCommit(response.Succeeded ? MetadataBranch.Then : MetadataBranch.Else, header.Revision);
        }

        if (response.Responses is not [{ } first, ..])
        {
            return null;
        }

        if (first.ResponseTxn is { } inner)
        {
            return inner.Succeeded ? new MetadataCommit(MetadataBranch.Else, header.Revision)
                : inner.Responses is [{ ResponseRange: { } range }] ? Looked(range, guard, header.Revision, keys)
                : null;
        }

        return first.ResponseRange is { } found ? Looked(found, guard, header.Revision, keys) : null;
    }

    // When the marker is as it was, a condition did not hold; inside the branch that asks for the marker it never is.
    private static MetadataCommit? Looked(RangeResponse found, MetadataGuard guard, long revision, EtcdKeys keys)
    {
        KeyValue[] kvs = found.Kvs ?? [];
        if (kvs.Length > 1 || !kvs.All(keys.Owns))
        {
            return null;
        }

        MetadataEntry? marker = kvs.Length == 0 ? null : keys.EntryOf(kvs[0]);
        return (marker?.ModRevision ?? 0) == guard.ModRevision
            ? new MetadataCommit(MetadataBranch.Else, revision)
            : new MetadataCommit(MetadataBranch.Guarded, revision) { Marker = marker };
    }

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
