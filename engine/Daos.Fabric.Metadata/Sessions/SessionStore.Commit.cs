namespace Daos.Fabric.Metadata.Sessions;

/// <content>One transaction until its outcome is known.</content>
public sealed partial class SessionStore
{
    private async Task<DerResult<MetadataCommit>> CommitAsync(SessionSlot slot, MetadataTransaction transaction, CancellationToken cancel)
    {
        long deadlineNs = Deadline();
        DerCode code = await PrepareAsync(slot, deadlineNs, cancel).ConfigureAwait(false);
        if (code.IsError)
        {
            // Nothing of the caller's was sent yet.
            return code == DerCode.TxUncertain ? DerCode.TimedOut : code;
        }

        byte[] mark = slot.NextMark();
        bool isUncertain = false;
        while (true)
        {
            var guard = new MetadataGuard(slot.Key, slot.Revision, mark, slot.Lease, Always: isUncertain);
            DerResult<MetadataCommit> result = await _inner.CommitAsync(transaction with { Guard = guard }, cancel).ConfigureAwait(false);
            if (result.IsSuccess && result.Value.Branch != MetadataBranch.Guarded)
            {
                return Keep(slot, guard, transaction, result.Value);
            }

            if (result.IsSuccess && result.Value.Marker is { } marker && guard.BranchIn(marker) is { } branch)
            {
                // An earlier copy got there.
                slot.Revision = marker.ModRevision;
                return new MetadataCommit(branch, marker.ModRevision);
            }

            bool isLost = result.IsSuccess || (result.Code == DerCode.Nonexist && await IsLostAsync(slot, deadlineNs, cancel).ConfigureAwait(false));
            isUncertain |= result.Code == DerCode.TxUncertain;
            if (isLost)
            {
                // The marker died with its lease, and with it what it knew.
                slot.Abandon();
            }

            bool mayRepeat = isLost ? !isUncertain : IsPassing(result.Code);
            if (!mayRepeat || !await PauseAsync(deadlineNs, cancel).ConfigureAwait(false))
            {
                return isUncertain ? DerCode.TxUncertain : isLost ? DerCode.TimedOut : result.Code;
            }

            if (isLost)
            {
                code = await PrepareAsync(slot, deadlineNs, cancel).ConfigureAwait(false);
                if (code.IsError)
                {
                    return code == DerCode.TxUncertain ? DerCode.TimedOut : code;
                }
            }
        }
    }

    private static MetadataCommit Keep(SessionSlot slot, MetadataGuard guard, MetadataTransaction transaction, MetadataCommit commit)
    {
        int operations = (commit.Held ? transaction.Then : transaction.Else).Count;
        if (guard.Always || operations > 0)
        {
            slot.Revision = commit.Revision;
        }

        return commit;
    }

    private async Task<bool> IsLostAsync(SessionSlot slot, long deadlineNs, CancellationToken cancel)
    {
        DerResult<MetadataLease> renewed = await RepeatAsync(() => _inner.RenewAsync(slot.Lease, cancel), deadlineNs, cancel).ConfigureAwait(false);
        return renewed.Code == DerCode.Nonexist;
    }

    // Makes sure that the marker is there, and stays longer than this transaction may take.
    private async Task<DerCode> PrepareAsync(SessionSlot slot, long deadlineNs, CancellationToken cancel)
    {
        long nowNs = _options.Clock.MonotonicNs;
        if (slot.Lease != 0 && nowNs - slot.RenewedNs > _options.MarkerTtlMs * 1_000_000 / 3)
        {
            DerResult<MetadataLease> renewed = await RepeatAsync(() => _inner.RenewAsync(slot.Lease, cancel), deadlineNs, cancel).ConfigureAwait(false);
            if (!renewed.IsSuccess && renewed.Code != DerCode.Nonexist)
            {
                return renewed.Code;
            }

            slot.RenewedNs = nowNs;
            if (!renewed.IsSuccess)
            {
                slot.Abandon();
            }
        }

        return slot.Lease == 0 ? await BeginAsync(slot, deadlineNs, cancel).ConfigureAwait(false) : DerCode.Success;
    }

    private async Task<DerCode> BeginAsync(SessionSlot slot, long deadlineNs, CancellationToken cancel)
    {
        long nowNs = _options.Clock.MonotonicNs;
        DerResult<MetadataLease> lease = await RepeatAsync(() => _inner.GrantAsync(_options.MarkerTtlMs, cancel), deadlineNs, cancel).ConfigureAwait(false);
        if (!lease.IsSuccess)
        {
            return lease.Code;
        }

        slot.Begin(lease.Value.Id, nowNs);
        var make = new MetadataTransaction
        {
            When = [MetadataCompare.Absent(slot.Key)],
            Then = [MetadataOperation.Put(slot.Key, new byte[] { 0 }, slot.Lease)],
        };
        DerResult<MetadataCommit> made = await RepeatAsync(() => _inner.CommitAsync(make, cancel), deadlineNs, cancel).ConfigureAwait(false);
        if (made.IsSuccess && made.Value.Held)
        {
            slot.Revision = made.Value.Revision;
            return DerCode.Success;
        }

        // An earlier copy made it, or nobody knows.
        DerResult<MetadataPage> page = made.IsSuccess
            ? await RepeatAsync(() => _inner.ReadAsync(MetadataRange.Of(slot.Key), cancel), deadlineNs, cancel).ConfigureAwait(false)
            : made.Code;
        if (page.IsSuccess && page.Value.Entries.Count == 1)
        {
            slot.Revision = page.Value.Entries[0].ModRevision;
            return DerCode.Success;
        }

        slot.Abandon();
        return page.IsSuccess || page.Code == DerCode.Nonexist ? DerCode.TimedOut : page.Code;
    }
}
