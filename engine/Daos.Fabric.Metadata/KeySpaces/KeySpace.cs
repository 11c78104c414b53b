namespace Daos.Fabric.Metadata.KeySpaces;

/// <summary>
/// The state behind the embedded and the simulated store: entries in key order, revisions, leases. It decides what a transaction does and
/// applies it; where that is kept, and when it may be told, is its owner's business. Owned by one owner thread.
/// </summary>
internal sealed partial class KeySpace
{
    private readonly SortedSet<MetadataEntry> _entries = new(Comparer<MetadataEntry>.Create((a, b) => a.Key.CompareTo(b.Key)));
    private readonly int _revisionsMax;
    private History _history;

    /// <param name="historyRevisions">Revisions remembered.</param>
    internal KeySpace(int historyRevisions = MetadataLimits.HistoryRevisionsMax)
    {
        _revisionsMax = historyRevisions;
        _history = new History(1, historyRevisions, MetadataLimits.HistoryBytesMax);
    }

    /// <summary>The newest revision; 1 is the empty store, as in etcd.</summary>
    internal long Revision { get; private set; } = 1;

    /// <summary>The newest revision that may be shown.</summary>
    internal long Visible { get; set; } = 1;

    /// <summary>What is compacted: reads at it and watches from behind it are possible.</summary>
    internal long Compacted => _history.Compacted;

    internal IEnumerable<MetadataEntry> Entries => _entries;

    /// <summary>Takes over what was kept, at start-up: the revision, then entries and leases.</summary>
    internal void Restore(long revision, long nextLease)
    {
        Revision = revision;
        Visible = revision;
        NextLease = nextLease;
        _history = new History(revision, _revisionsMax, MetadataLimits.HistoryBytesMax);
    }

    /// <summary>As above; the leases are there already. False when it names none of them.</summary>
    internal bool Restore(MetadataEntry entry) => _entries.Add(entry) && Attach(entry);

    internal MetadataEntry? Find(MetadataKey key) => _entries.TryGetValue(Probe(key), out MetadataEntry? entry) ? entry : null;

    /// <summary>What a transaction does to the state as it is; changes nothing.</summary>
    internal Evaluation Evaluate(MetadataTransaction transaction)
    {
        MetadataGuard? guard = transaction.Guard;
        if (guard is not null && (Find(guard.Key)?.ModRevision ?? 0) != guard.ModRevision)
        {
            return new Evaluation(default, new MetadataCommit(MetadataBranch.Guarded, Revision) { Marker = Find(guard.Key) }, null);
        }

        bool held = transaction.When.All(Holds);
        IReadOnlyList<MetadataOperation> operations = held ? transaction.Then : transaction.Else;
        MetadataBranch branch = held ? MetadataBranch.Then : MetadataBranch.Else;
        if (guard is not null && (guard.Always || operations.Count > 0))
        {
            operations = [.. operations, MetadataOperation.Put(guard.Key, guard.MarkOf(branch), guard.Lease)];
        }

        if (operations.Any(o => o.Lease != 0 && !IsAlive(o.Lease)))
        {
            return new Evaluation(DerCode.Nonexist, null, null);
        }

        RevisionRecord? record = RecordOf(operations.Select(Change));
        return new Evaluation(default, new MetadataCommit(branch, record?.Revision ?? Revision), record);
    }

    /// <summary>Makes changes the newest revision.</summary>
    internal void Apply(RevisionRecord record)
    {
        Invariant.Check(record.Revision == Revision + 1);
        Revision = record.Revision;
        foreach (KeyChange change in record.Changes)
        {
            if (change.Before is { } before)
            {
                _entries.Remove(before);
                Detach(before);
            }

            if (change.After is { } after)
            {
                _entries.Add(after);
                Attach(after);
            }
        }

        _history.Add(record, Visible);
    }

    /// <summary>One page, at a revision that may be shown. DER_EP_OLD, DER_INVAL for a revision in the future.</summary>
    internal DerResult<MetadataPage> Read(MetadataRange range)
    {
        long revision = range.Revision == 0 ? Visible : range.Revision;
        if (revision > Visible || revision < Compacted)
        {
            return revision > Visible ? DerCode.Invalid : DerCode.EpochOld;
        }

        var page = new List<MetadataEntry>();
        foreach (MetadataEntry entry in EntriesAt(range, revision))
        {
            if (page.Count == range.PageEntries)
            {
                return new MetadataPage(revision, page, true);
            }

            page.Add(range.KeysOnly ? entry with { Value = default } : entry);
        }

        return new MetadataPage(revision, page, false);
    }

    /// <summary>Forgets what was before a revision. DER_INVAL for one that cannot be seen yet.</summary>
    internal DerCode Compact(long revision)
    {
        if (revision > Visible || revision <= 0)
        {
            return DerCode.Invalid;
        }

        _history.CompactTo(revision);
        return DerCode.Success;
    }

    /// <summary>What a revision changed in a range; null when nothing. The revision is not compacted.</summary>
    internal MetadataChanges? ChangesOf(long revision, MetadataRange range)
    {
        MetadataChange[] changes = [.. _history[revision].Changes.Where(c => range.Contains(c.Key)).Select(c => new MetadataChange(c.Key, c.After))];
        return changes.Length == 0 ? null : new MetadataChanges(revision, changes);
    }

    private static MetadataEntry Probe(MetadataKey key) => new(key, default, 0, 0, 0, 0);

    private bool Holds(MetadataCompare compare)
    {
        MetadataEntry? entry = Find(compare.Key);
        if (compare.Field == MetadataField.Value)
        {
            return entry is not null && Stands(entry.Value.Span.SequenceCompareTo(compare.Value.Span), compare.Relation);
        }

        long number = compare.Field switch
        {
            MetadataField.ModRevision => entry?.ModRevision ?? 0,
            MetadataField.CreateRevision => entry?.CreateRevision ?? 0,
            _ => entry?.Version ?? 0,
        };
        return Stands(number.CompareTo(compare.Number), compare.Relation);
    }

    private static bool Stands(int order, MetadataRelation relation) => relation switch
    {
        MetadataRelation.Equal => order == 0,
        MetadataRelation.NotEqual => order != 0,
        MetadataRelation.Less => order < 0,
        _ => order > 0,
    };

    private KeyChange Change(MetadataOperation operation)
    {
        MetadataEntry? before = Find(operation.Key);
        if (operation.IsDelete)
        {
            return new KeyChange(before, null);
        }

        long revision = Revision + 1;
        return new KeyChange(before, new MetadataEntry(
            operation.Key, operation.Value.ToArray(), before?.CreateRevision ?? revision, revision, (before?.Version ?? 0) + 1, operation.Lease));
    }

    private RevisionRecord? RecordOf(IEnumerable<KeyChange> changes)
    {
        KeyChange[] real = [.. changes.Where(c => c.Before is not null || c.After is not null).OrderBy(c => c.Key)];
        return real.Length == 0 ? null : new RevisionRecord(Revision + 1, real);
    }

    // Older states are the newest one with later changes taken back; history is bounded, and so is this.
    private IEnumerable<MetadataEntry> EntriesAt(MetadataRange range, long revision)
    {
        MetadataEntry low = Probe(range.First);
        MetadataEntry high = Probe(range.To);
        SortedSet<MetadataEntry> view = _entries.GetViewBetween(low, high);
        if (revision < Revision)
        {
            view = new SortedSet<MetadataEntry>(view, _entries.Comparer);
            for (long later = Revision; later > revision; later--)
            {
                foreach (KeyChange change in _history[later].Changes.Where(c => range.Contains(c.Key)))
                {
                    view.Remove(Probe(change.Key));
                    _ = change.Before is { } before && view.Add(before);
                }
            }
        }

        return view.Where(e => e.Key < range.To);
    }
}
