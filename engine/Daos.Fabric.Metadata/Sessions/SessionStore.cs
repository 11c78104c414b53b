using System.Threading.Channels;

namespace Daos.Fabric.Metadata.Sessions;

/// <summary>
/// A store whose answers may get lost, made one whose transactions happen exactly once: every transaction changes a marker key together with
/// its keys, and only if nobody did before (<see cref="MetadataGuard"/>). After a lost answer it is sent again; the marker says whether, and
/// with which branch, an earlier copy was applied. Any thread; on an owner thread it stays there.
/// </summary>
public sealed partial class SessionStore : IMetadataStore
{
    private readonly IMetadataStore _inner;
    private readonly SessionOptions _options;
    private readonly Channel<SessionSlot> _slots;

    /// <param name="inner">Owned from now on.</param>
    /// <param name="options">How to ask.</param>
    public SessionStore(IMetadataStore inner, SessionOptions options)
    {
        _inner = inner;
        _options = options.Validate();

        // A simulation continues on its thread; elsewhere a continuation runs up to its first request, which is short.
        _slots = Channel.CreateBounded<SessionSlot>(new BoundedChannelOptions(options.Slots) { AllowSynchronousContinuations = true });
        byte[] session = options.Random.NextGuid().ToByteArray();
        for (int i = 0; i < options.Slots; i++)
        {
            _slots.Writer.TryWrite(new SessionSlot(session, i));
        }
    }

    /// <inheritdoc/>
    public Task<DerResult<MetadataPage>> ReadAsync(MetadataRange range, CancellationToken cancel = default) =>
        RepeatAsync(() => _inner.ReadAsync(range, cancel), Deadline(), cancel);

    /// <inheritdoc/>
    public async Task<DerResult<MetadataCommit>> CommitAsync(MetadataTransaction transaction, CancellationToken cancel = default)
    {
        DerCode code = cancel.IsCancellationRequested ? DerCode.Canceled : MetadataChecks.Check(transaction);
        if (code.IsError)
        {
            return code;
        }

        if (transaction.Guard is not null)
        {
            // A session elsewhere sees to it that this happens once, and asks again by itself.
            return await _inner.CommitAsync(transaction, cancel).ConfigureAwait(false);
        }

        SessionSlot slot;
        try
        {
            slot = await _slots.Reader.ReadAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return DerCode.Canceled;
        }
        catch (ChannelClosedException)
        {
            return DerCode.Shutdown;
        }

        try
        {
            DerResult<MetadataCommit> result = await CommitAsync(slot, transaction, cancel).ConfigureAwait(false);
            if (result.Code == DerCode.TxUncertain)
            {
                slot.Abandon();
            }

            return result;
        }
        finally
        {
            // Refused once the store is disposed; then nobody needs it.
            _ = _slots.Writer.TryWrite(slot);
        }
    }

    /// <inheritdoc/>
    public Task<DerResult<IMetadataWatch>> WatchAsync(MetadataRange range, CancellationToken cancel = default) =>
        RepeatAsync(() => _inner.WatchAsync(range, cancel), Deadline(), cancel);

    /// <inheritdoc/>
    public Task<DerResult<MetadataLease>> GrantAsync(long ttlMs, CancellationToken cancel = default) =>
        RepeatAsync(() => _inner.GrantAsync(ttlMs, cancel), Deadline(), cancel);

    /// <inheritdoc/>
    public Task<DerResult<MetadataLease>> RenewAsync(long lease, CancellationToken cancel = default) =>
        RepeatAsync(() => _inner.RenewAsync(lease, cancel), Deadline(), cancel);

    /// <inheritdoc/>
    public Task<DerCode> RevokeAsync(long lease, CancellationToken cancel = default) => RepeatAsync(() => _inner.RevokeAsync(lease, cancel), cancel);

    /// <inheritdoc/>
    public Task<DerCode> CompactAsync(long revision, CancellationToken cancel = default) => RepeatAsync(() => _inner.CompactAsync(revision, cancel), cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _slots.Writer.TryComplete();
        while (_slots.Reader.TryRead(out _))
        {
        }

        return _inner.DisposeAsync();
    }

    // What an inner store may say of a call that did nothing, or that may be made twice.
    private static bool IsPassing(DerCode code) =>
        code == DerCode.Unreachable || code == DerCode.TimedOut || code == DerCode.NotLeader || code == DerCode.TxUncertain || code == DerCode.Busy;

    private long Deadline() => _options.Clock.MonotonicNs + (_options.DeadlineMs * 1_000_000L);

    // Waits before the next try; false when there is none.
    private async Task<bool> PauseAsync(long deadlineNs, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested || _options.Clock.MonotonicNs >= deadlineNs)
        {
            return false;
        }

        try
        {
            await _options.Delay(_options.PauseMs * 1_000_000L, cancel).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<DerResult<T>> RepeatAsync<T>(Func<Task<DerResult<T>>> call, long deadlineNs, CancellationToken cancel)
    {
        while (true)
        {
            DerResult<T> result = await call().ConfigureAwait(false);
            if (result.IsSuccess || !IsPassing(result.Code) || !await PauseAsync(deadlineNs, cancel).ConfigureAwait(false))
            {
                return result;
            }
        }
    }

    private async Task<DerCode> RepeatAsync(Func<Task<DerCode>> call, CancellationToken cancel)
    {
        DerResult<bool> result = await RepeatAsync<bool>(
            async () =>
            {
                DerCode code = await call().ConfigureAwait(false);
                return code.IsError ? code : true;
            },
            Deadline(),
            cancel).ConfigureAwait(false);
        return result.Code;
    }
}
