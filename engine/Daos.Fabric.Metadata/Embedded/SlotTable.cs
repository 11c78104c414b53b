using Daos.Fabric.Metadata.KeySpaces;
using Daos.Fabric.Store;

namespace Daos.Fabric.Metadata.Embedded;

/// <summary>
/// Which slot holds which entry or lease. Slot 0 is the head; a slot is used again when it is free. One change at a time. Owned by one owner
/// thread.
/// </summary>
internal sealed class SlotTable(SlotStore store, KeySpace space) : IDisposable
{
    private readonly SlotBatch _batch = new();
    private readonly Dictionary<MetadataKey, long> _keys = [];
    private readonly Dictionary<long, long> _leases = [];
    private readonly Stack<long> _free = new();
    private readonly List<long> _taken = [];
    private long _count;

    /// <summary>Writes the head of a new store. DER codes as <see cref="SlotStore.WriteAsync"/>.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> FormatAsync()
    {
        _batch.Clear();
        SlotRecord.WriteHead(_batch.Add(0, SlotRecord.HeadBytes), space.Revision, space.NextLease, 0);
        DerResult<LogPosition> written = await store.WriteAsync(_batch);
        return written.IsSuccess ? await store.WaitStableAsync(written.Value) : written.Code;
    }

    /// <summary>Reads everything: head, leases, then entries. DER_DF_INVAL, DER_DF_INCOMPT, DER_CSUM, DER_IO.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> LoadAsync(long nowNs)
    {
        DerResult<byte[]> head = await store.ReadAsync(0);
        DerCode code = head.IsSuccess ? SlotRecord.ReadHead(head.Value, out long revision, out long nextLease, out _count) : head.Code;
        if (code.IsError)
        {
            return code;
        }

        SlotRecord.ReadHead(head.Value, out revision, out nextLease, out _);
        space.Restore(revision, nextLease);
        var entries = new List<(long Slot, MetadataEntry Entry)>();
        for (long slot = 1; slot <= _count; slot++)
        {
            DerResult<byte[]> record = await store.ReadAsync(slot);
            code = record.IsSuccess ? Take(slot, record.Value, nowNs, entries) : record.Code;
            if (code.IsError)
            {
                return code;
            }
        }

        return entries.TrueForAll(e => space.Restore(e.Entry) && e.Entry.ModRevision <= revision && _keys.TryAdd(e.Entry.Key, e.Slot))
            ? DerCode.Success
            : DerCode.DfInval;
    }

    /// <summary>Writes what a revision changed. Nothing changed when it fails. DER codes as <see cref="SlotStore.WriteAsync"/>.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerResult<LogPosition>> WriteAsync(RevisionRecord record)
    {
        Begin();
        foreach (KeyChange change in record.Changes)
        {
            if (change.After is { } after)
            {
                long slot = change.Before is null ? TakeSlot() : _keys[after.Key];
                SlotRecord.WriteEntry(_batch.Add(slot, SlotRecord.SizeOf(after)), after);
            }
            else
            {
                _batch.Add(_keys[change.Key], 0);
            }
        }

        DerResult<LogPosition> written = await EndAsync(record.Revision);
        if (written.IsSuccess)
        {
            Adopt(record);
        }

        return written;
    }

    /// <summary>Writes a new lease. As above.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerResult<LogPosition>> WriteAsync(LeaseEntry lease)
    {
        Begin();
        long slot = TakeSlot();
        SlotRecord.WriteLease(_batch.Add(slot, SlotRecord.LeaseBytes), lease.Id, lease.TtlMs);
        DerResult<LogPosition> written = await EndAsync(space.Revision);
        if (written.IsSuccess)
        {
            _leases.Add(lease.Id, slot);
        }

        return written;
    }

    /// <summary>Takes a lease without keys away. As above.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerResult<LogPosition>> RemoveAsync(LeaseEntry lease)
    {
        Begin();
        _batch.Add(_leases[lease.Id], 0);
        DerResult<LogPosition> written = await EndAsync(space.Revision);
        if (written.IsSuccess && _leases.Remove(lease.Id, out long slot))
        {
            _free.Push(slot);
        }

        return written;
    }

    /// <inheritdoc/>
    public void Dispose() => _batch.Dispose();

    private DerCode Take(long slot, byte[] record, long nowNs, List<(long Slot, MetadataEntry Entry)> entries)
    {
        if (record.Length == 0)
        {
            _free.Push(slot);
            return DerCode.Success;
        }

        if (SlotRecord.TryReadLease(record, out long id, out long ttlMs))
        {
            return space.Restore(id, ttlMs, nowNs) && _leases.TryAdd(id, slot) ? DerCode.Success : DerCode.DfInval;
        }

        if (SlotRecord.ReadEntry(record) is not { } entry)
        {
            return DerCode.DfInval;
        }

        entries.Add((slot, entry));
        return DerCode.Success;
    }

    private void Begin()
    {
        _batch.Clear();
        _taken.Clear();
    }

    private long TakeSlot()
    {
        long slot = _free.TryPop(out long free) ? free : ++_count;
        _taken.Add(slot);
        return slot;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerResult<LogPosition>> EndAsync(long revision)
    {
        SlotRecord.WriteHead(_batch.Add(0, SlotRecord.HeadBytes), revision, space.NextLease, _count);
        DerResult<LogPosition> written = await store.WriteAsync(_batch);
        if (!written.IsSuccess)
        {
            // Slots behind the end that the head does not count are free as well.
            _taken.ForEach(_free.Push);
        }

        return written;
    }

    private void Adopt(RevisionRecord record)
    {
        int taken = 0;
        foreach (KeyChange change in record.Changes)
        {
            if (change.After is null)
            {
                _keys.Remove(change.Key, out long slot);
                _free.Push(slot);
            }
            else if (change.Before is null)
            {
                _keys.Add(change.Key, _taken[taken++]);
            }
        }
    }
}
