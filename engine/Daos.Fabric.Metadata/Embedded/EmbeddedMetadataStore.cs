using Daos.Fabric.Metadata.KeySpaces;
using Daos.Fabric.Store;

namespace Daos.Fabric.Metadata.Embedded;

/// <summary>
/// Metadata in a shard of our own store: durable, one replica. The state lies in memory; a transaction is applied there, written by one local
/// transaction of the shard, and answered and shown when its record is stable. Any thread may call; everything happens on the owner thread.
/// </summary>
public sealed partial class EmbeddedMetadataStore : IMetadataStore
{
    private readonly OwnerLoop _loop;
    private readonly EmbeddedMetadataOptions _options;
    private readonly MetadataDirectory _directory;
    private readonly SlotStore _slots;
    private readonly KeySpace _space;
    private readonly SlotTable _table;
    private readonly WatchHub _hub;
    private readonly LeaseTimer _timer;
    private bool _isClosed;

    private EmbeddedMetadataStore(OwnerLoop loop, EmbeddedMetadataOptions options, MetadataDirectory directory, SlotStore slots)
    {
        _loop = loop;
        _options = options;
        _directory = directory;
        _slots = slots;
        _space = new KeySpace(options.HistoryRevisions);
        _table = new SlotTable(slots, _space);
        _hub = new WatchHub(_space);
        _timer = new LeaseTimer(this);
    }

    /// <summary>
    /// Makes or opens the store of a directory. Call it on the owner thread. Throws <see cref="DaosException"/> with a sentence: the directory
    /// is not ours, in use, damaged, or of a newer layout.
    /// </summary>
    public static async ValueTask<EmbeddedMetadataStore> OpenAsync(OwnerLoop loop, EmbeddedMetadataOptions options)
    {
        loop.Assert();
        MetadataDirectory directory = MetadataDirectory.Open(loop.Reactor.Files, options.Path);
        var report = new StoreReport { Notice = options.Notice };
        DerResult<SlotStore> slots = await SlotStore.OpenAsync(loop, options, directory.StorePath, directory.IsNew, report).ConfigureAwait(false);
        if (!slots.IsSuccess)
        {
            directory.Close();
            throw new DaosException(slots.Code, "open metadata", options.Path, report.LastError);
        }

        var store = new EmbeddedMetadataStore(loop, options, directory, slots.Value);
        DerCode code = directory.IsNew ? await store._table.FormatAsync().ConfigureAwait(false) : await store._table.LoadAsync(loop.NowNs).ConfigureAwait(false);
        if (code.IsError)
        {
            await store.CloseAsync().ConfigureAwait(false);
            throw new DaosException(code, "open metadata", options.Path, code == DerCode.DfIncompt
                ? "its records were written by a newer version; use that version"
                : "its records cannot be read or written; restore the directory from a copy");
        }

        if (directory.IsNew)
        {
            directory.FinishFormatting();
        }

        store.ArmLeases();
        return store;
    }

    /// <inheritdoc/>
    public Task<DerResult<MetadataPage>> ReadAsync(MetadataRange range, CancellationToken cancel = default)
    {
        DerCode code = Admit(MetadataChecks.Check(range), cancel);
        return code.IsError ? Refuse<MetadataPage>(code)
            : LoopCall.RunAsync<MetadataPage>(_loop, () => new(State.IsError ? State : _space.Read(range)));
    }

    /// <inheritdoc/>
    public Task<DerResult<MetadataCommit>> CommitAsync(MetadataTransaction transaction, CancellationToken cancel = default)
    {
        DerCode code = Admit(MetadataChecks.Check(transaction), cancel);
        return code.IsError ? Refuse<MetadataCommit>(code)
            : LoopCall.RunAsync(_loop, () => EnqueueAsync(new CommitStep(this, transaction)));
    }

    /// <inheritdoc/>
    public Task<DerResult<IMetadataWatch>> WatchAsync(MetadataRange range, CancellationToken cancel = default)
    {
        DerCode code = Admit(MetadataChecks.Check(range), cancel);
        return code.IsError ? Refuse<IMetadataWatch>(code)
            : LoopCall.RunAsync<IMetadataWatch>(_loop, () => new(OpenWatch(range)));
    }

    /// <inheritdoc/>
    public Task<DerResult<MetadataLease>> GrantAsync(long ttlMs, CancellationToken cancel = default)
    {
        DerCode code = Admit(MetadataChecks.CheckTtl(ttlMs), cancel);
        return code.IsError ? Refuse<MetadataLease>(code)
            : LoopCall.RunAsync(_loop, () => EnqueueAsync(new GrantStep(this, ttlMs)));
    }

    /// <inheritdoc/>
    public Task<DerResult<MetadataLease>> RenewAsync(long lease, CancellationToken cancel = default)
    {
        DerCode code = Admit(DerCode.Success, cancel);
        return code.IsError ? Refuse<MetadataLease>(code)
            : LoopCall.RunAsync<MetadataLease>(_loop, () => new(Renew(lease)));
    }

    /// <inheritdoc/>
    public async Task<DerCode> RevokeAsync(long lease, CancellationToken cancel = default)
    {
        DerCode code = Admit(DerCode.Success, cancel);
        return code.IsError ? code
            : (await LoopCall.RunAsync(_loop, () => RevokeOnLoopAsync(lease)).ConfigureAwait(false)).Code;
    }

    /// <inheritdoc/>
    public Task<DerCode> CompactAsync(long revision, CancellationToken cancel = default)
    {
        DerCode code = Admit(DerCode.Success, cancel);
        return code.IsError ? Task.FromResult(code) : LoopCall.RunAsync(_loop, () => new(Compact(revision)));
    }

    /// <summary>Ends the store: what was asked is answered, watches end, the shard is closed with a checkpoint. Any thread.</summary>
    public async ValueTask DisposeAsync()
    {
        await LoopCall.RunAtLastAsync(_loop, CloseAsync).ConfigureAwait(false);
    }

    /// <summary>Simulations only: frees memory after a crash has ended the loop.</summary>
    internal void ReleaseAfterCrash()
    {
        _slots.Dispose();
        _table.Dispose();
    }

    private DerCode State => _isClosed ? DerCode.Shutdown : _slots.State;

    private static Task<DerResult<T>> Refuse<T>(DerCode code) => Task.FromResult<DerResult<T>>(code);

    private static DerCode Admit(DerCode check, CancellationToken cancel) => cancel.IsCancellationRequested ? DerCode.Canceled : check;

    private DerResult<IMetadataWatch> OpenWatch(MetadataRange range)
    {
        long next = range.Revision == 0 ? _space.Visible + 1 : range.Revision;
        DerCode code = State.IsError ? State
            : next <= _space.Compacted ? DerCode.EpochOld
            : _hub.Count >= MetadataLimits.WatchesMax ? DerCode.Busy
            : DerCode.Success;
        if (code.IsError)
        {
            return code;
        }

        return new LoopWatch(_loop, _hub, _hub.Open(range, next));
    }

    private DerResult<MetadataLease> Renew(long id)
    {
        if (State.IsError || _space.FindLease(id) is not { HasEnded: false } lease)
        {
            return State.IsError ? State : DerCode.Nonexist;
        }

        lease.Renew(_loop.NowNs);
        ArmLeases();
        return new MetadataLease(id, lease.TtlMs);
    }

    private ValueTask<DerResult<bool>> RevokeOnLoopAsync(long id)
    {
        if (State.IsError || _space.FindLease(id) is not { } lease)
        {
            return new(State.IsError ? State : true);
        }

        if (lease.HasEnded)
        {
            // Somebody is at it: what comes behind is answered when that is done.
            return EnqueueAsync(new FenceStep());
        }

        lease.HasEnded = true;
        return EnqueueAsync(new EndLeaseStep(this, lease));
    }

    private DerCode Compact(long revision)
    {
        DerCode code = State.IsError ? State : _space.Compact(revision);
        _hub.WakeAll();
        return code;
    }

    private async ValueTask<DerCode> CloseAsync()
    {
        if (_isClosed)
        {
            return DerCode.Success;
        }

        _isClosed = true;
        _timer.Stop();
        await DrainAsync().ConfigureAwait(false);
        _hub.EndAll(DerCode.Shutdown);
        await _slots.CloseAsync().ConfigureAwait(false);
        _table.Dispose();
        _directory.Close();
        return DerCode.Success;
    }
}
