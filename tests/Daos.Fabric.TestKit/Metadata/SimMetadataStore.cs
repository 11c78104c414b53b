using Daos.Fabric.Metadata;
using Daos.Fabric.Metadata.KeySpaces;

namespace Daos.Fabric.TestKit.Metadata;

/// <summary>
/// One user's view of a <see cref="SimMetadataServer"/>: every call travels, and answers come on the user's owner loop. Owned by that loop.
/// </summary>
public sealed class SimMetadataStore : IMetadataStore
{
    private readonly SimMetadataServer _server;
    private readonly OwnerLoop _loop;
    private readonly List<SimMetadataWatch> _watches = [];
    private bool _isDisposed;

    internal SimMetadataStore(SimMetadataServer server, OwnerLoop loop)
    {
        _server = server;
        _loop = loop;
    }

    /// <inheritdoc/>
    public Task<DerResult<MetadataPage>> ReadAsync(MetadataRange range, CancellationToken cancel = default) =>
        CallAsync(MetadataChecks.Check(range), () => _server.Space.Read(range), DerCode.TimedOut, cancel);

    /// <inheritdoc/>
    public Task<DerResult<MetadataCommit>> CommitAsync(MetadataTransaction transaction, CancellationToken cancel = default) =>
        CallAsync(MetadataChecks.Check(transaction), () => _server.Commit(transaction), DerCode.TxUncertain, cancel);

    /// <inheritdoc/>
    public async Task<DerResult<IMetadataWatch>> WatchAsync(MetadataRange range, CancellationToken cancel = default)
    {
        DerResult<WatchCursor> cursor = await CallAsync(MetadataChecks.Check(range), () => Open(range), DerCode.TimedOut, cancel).ConfigureAwait(false);
        if (!cursor.IsSuccess)
        {
            return cursor.Code;
        }

        var watch = new SimMetadataWatch(_server, _loop, cursor.Value);
        _watches.Add(watch);
        return watch;
    }

    /// <inheritdoc/>
    public Task<DerResult<MetadataLease>> GrantAsync(long ttlMs, CancellationToken cancel = default) =>
        CallAsync(MetadataChecks.CheckTtl(ttlMs), () => _server.Grant(ttlMs), DerCode.TxUncertain, cancel);

    /// <inheritdoc/>
    public Task<DerResult<MetadataLease>> RenewAsync(long lease, CancellationToken cancel = default) =>
        CallAsync(default, () => _server.Renew(lease), DerCode.TimedOut, cancel);

    /// <inheritdoc/>
    public async Task<DerCode> RevokeAsync(long lease, CancellationToken cancel = default) =>
        (await CallAsync(default, () => _server.Revoke(lease), DerCode.TxUncertain, cancel).ConfigureAwait(false)).Code;

    /// <inheritdoc/>
    public async Task<DerCode> CompactAsync(long revision, CancellationToken cancel = default) =>
        (await CallAsync(default, () => _server.Compact(revision), DerCode.TxUncertain, cancel).ConfigureAwait(false)).Code;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        foreach (SimMetadataWatch watch in _watches)
        {
            await watch.DisposeAsync().ConfigureAwait(false);
        }
    }

    private DerResult<WatchCursor> Open(MetadataRange range)
    {
        long next = range.Revision == 0 ? _server.Space.Visible + 1 : range.Revision;
        return next <= _server.Space.Compacted ? DerCode.EpochOld : _server.Hub.Open(range, next);
    }

    private Task<DerResult<T>> CallAsync<T>(DerCode check, Func<DerResult<T>> serve, DerCode unknown, CancellationToken cancel)
    {
        _loop.Assert();
        DerCode code = cancel.IsCancellationRequested ? DerCode.Canceled : check.IsError ? check : _isDisposed ? DerCode.Shutdown : default;
        if (code.IsError)
        {
            return Task.FromResult<DerResult<T>>(code);
        }

        // Continues inside a turn of the loop, when the answer is taken from its inbox.
        var done = new TaskCompletionSource<DerResult<T>>();
        _server.Send(serve, unknown, result => SimTurn.Post(_loop, () => done.SetResult(result)));
        return done.Task;
    }
}
