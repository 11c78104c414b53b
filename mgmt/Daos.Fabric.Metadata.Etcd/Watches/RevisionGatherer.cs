namespace Daos.Fabric.Metadata.Etcd.Watches;

/// <summary>
/// Makes whole revisions of the events in a watch's messages, from the one that is owed on. One that was begun when the stream broke comes
/// again. Owned by one watch.
/// </summary>
internal sealed class RevisionGatherer(EtcdKeys keys, long next)
{
    /// <summary>Bytes of keys and values of one revision at most: far above a transaction, for leases with very many keys.</summary>
    internal const long RevisionBytesMax = 64 << 20;

    private readonly Queue<MetadataChanges> _whole = new();
    private readonly List<MetadataChange> _begun = [];
    private long _begunRevision;
    private long _begunBytes;

    /// <summary>The first revision that was not gathered whole.</summary>
    internal long Next { get; private set; } = next;

    internal bool HasWhole => _whole.Count > 0;

    /// <summary>The oldest whole revision.</summary>
    internal MetadataChanges Take() => _whole.Dequeue();

    /// <summary>The stream broke.</summary>
    internal void ForgetBegun()
    {
        _begun.Clear();
        _begunRevision = 0;
        _begunBytes = 0;
    }

    /// <summary>DER_PROTO for events that etcd does not send, DER_OVERFLOW for a revision that is too large.</summary>
    internal DerCode Add(WatchResponse message)
    {
        foreach (WatchEvent change in message.Events ?? [])
        {
            if (!keys.Owns(change.Kv) || change.Kv!.ModRevision < _begunRevision)
            {
                return DerCode.Protocol;
            }

            // The one before the first that is owed was asked for as well, see EtcdWatch.ConnectAsync.
            if (change.Kv.ModRevision < Next)
            {
                continue;
            }

            if (change.Kv.ModRevision != _begunRevision)
            {
                Finish();
                _begunRevision = change.Kv.ModRevision;
            }

            _begun.Add(new MetadataChange(keys.KeyOf(change.Kv), change.Type == "DELETE" ? null : keys.EntryOf(change.Kv)));
            _begunBytes += change.Kv.Key!.Length + (change.Kv.Value?.Length ?? 0);
            if (_begunBytes > RevisionBytesMax)
            {
                return DerCode.Overflow;
            }
        }

        if (!message.Fragment)
        {
            Finish();
        }

        return DerCode.Success;
    }

    private void Finish()
    {
        if (_begun.Count > 0)
        {
            _whole.Enqueue(new MetadataChanges(_begunRevision, [.. _begun.OrderBy(c => c.Key)]));
            Next = _begunRevision + 1;
        }

        ForgetBegun();
    }
}
