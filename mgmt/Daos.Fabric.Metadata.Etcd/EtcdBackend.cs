using Daos.Fabric.Metadata.Etcd.Watches;

namespace Daos.Fabric.Metadata.Etcd;

/// <summary>
/// The store on etcd's HTTP gateway, each call tried once: a lost answer is an unknown outcome, which a session resolves. Any thread.
/// </summary>
internal sealed class EtcdBackend : IMetadataStore
{
    // Watches at once (DER_BUSY): each has a connection.
    private const int WatchesMax = 1024;

    private readonly EtcdConnection _connection;
    private readonly EtcdKeys _keys;
    private readonly TimeProvider _time;
    private int _watches;

    internal EtcdBackend(EtcdOptions options)
    {
        options.Validate();
        _keys = new EtcdKeys(options.PrefixBytes);
        _connection = new EtcdConnection(options);
        _time = options.Time;
    }

    /// <inheritdoc/>
    public async Task<DerResult<MetadataPage>> ReadAsync(MetadataRange range, CancellationToken cancel = default)
    {
        DerCode code = Admit(MetadataChecks.Check(range), cancel);
        if (code.IsError)
        {
            return code;
        }

        var request = new RangeRequest(_keys.Of(range.First), _keys.Of(range.To), range.PageEntries, range.Revision, range.KeysOnly);
        DerResult<RangeResponse> response = await _connection.AskAsync(EtcdCalls.Range, request, DerCode.TimedOut, cancel).ConfigureAwait(false);
        if (!response.IsSuccess)
        {
            return response.Code;
        }

        KeyValue[] found = response.Value.Kvs ?? [];
        if (response.Value.Header is not { } header || !found.All(_keys.Owns) || (found.Length == 0 && response.Value.More))
        {
            return DerCode.Protocol;
        }

        long revision = range.Revision == 0 ? header.Revision : range.Revision;
        return new MetadataPage(revision, [.. found.Select(_keys.EntryOf)], response.Value.More);
    }

    /// <inheritdoc/>
    public async Task<DerResult<MetadataCommit>> CommitAsync(MetadataTransaction transaction, CancellationToken cancel = default)
    {
        DerCode code = Admit(MetadataChecks.Check(transaction), cancel);
        if (code.IsError)
        {
            return code;
        }

        DerResult<TxnResponse> response = await _connection.AskAsync(
            EtcdCalls.Txn, TxnBuilder.Build(transaction, _keys), DerCode.TxUncertain, cancel).ConfigureAwait(false);
        return !response.IsSuccess ? response.Code
            : TxnBuilder.Read(response.Value, transaction.Guard, _keys) is { } commit ? commit
            : DerCode.TxUncertain;
    }

    /// <inheritdoc/>
    public async Task<DerResult<IMetadataWatch>> WatchAsync(MetadataRange range, CancellationToken cancel = default)
    {
        DerCode code = Admit(MetadataChecks.Check(range), cancel);
        if (code.IsError)
        {
            return code;
        }

        long next = range.Revision;
        if (next == 0)
        {
            // From now on, also when the connection is made later.
            DerResult<MetadataPage> now = await ReadAsync(new MetadataRange { From = range.From, To = range.To, Limit = 1, KeysOnly = true }, cancel)
                .ConfigureAwait(false);
            if (!now.IsSuccess)
            {
                return now.Code;
            }

            next = now.Value.Revision + 1;
        }

        if (Interlocked.Increment(ref _watches) > WatchesMax)
        {
            Interlocked.Decrement(ref _watches);
            return DerCode.Busy;
        }

        return new EtcdWatch(_connection, _keys, range, next, _time, () => Interlocked.Decrement(ref _watches));
    }

    /// <inheritdoc/>
    public async Task<DerResult<MetadataLease>> GrantAsync(long ttlMs, CancellationToken cancel = default)
    {
        DerCode code = Admit(MetadataChecks.CheckTtl(ttlMs), cancel);
        if (code.IsError)
        {
            return code;
        }

        DerResult<LeaseResponse> response = await _connection.AskAsync(
            EtcdCalls.Grant, new LeaseGrantRequest((ttlMs + 999) / 1000), DerCode.TxUncertain, cancel).ConfigureAwait(false);
        return !response.IsSuccess ? response.Code
            : response.Value is { Id: not 0, Ttl: > 0 } lease ? new MetadataLease(lease.Id, lease.Ttl * 1000)
            : DerCode.Protocol;
    }

    /// <inheritdoc/>
    public async Task<DerResult<MetadataLease>> RenewAsync(long lease, CancellationToken cancel = default)
    {
        DerCode code = Admit(DerCode.Success, cancel);
        if (code.IsError)
        {
            return code;
        }

        DerResult<StreamLine<LeaseResponse>> response = await _connection.AskAsync(
            EtcdCalls.KeepAlive, new LeaseRequest(lease), DerCode.TimedOut, cancel).ConfigureAwait(false);
        if (!response.IsSuccess)
        {
            return response.Code;
        }

        if (response.Value.Error is { } error)
        {
            return EtcdCodes.Of(error.GrpcCode, error.Message ?? "", DerCode.TimedOut);
        }

        // A lease that is gone is answered without a life.
        return response.Value.Result is { Ttl: > 0 } renewed ? new MetadataLease(lease, renewed.Ttl * 1000) : DerCode.Nonexist;
    }

    /// <inheritdoc/>
    public async Task<DerCode> RevokeAsync(long lease, CancellationToken cancel = default)
    {
        DerCode code = Admit(DerCode.Success, cancel);
        if (code.IsSuccess)
        {
            code = (await _connection.AskAsync(EtcdCalls.Revoke, new LeaseRequest(lease), DerCode.TxUncertain, cancel).ConfigureAwait(false)).Code;
        }

        return code == DerCode.Nonexist ? DerCode.Success : code;
    }

    /// <inheritdoc/>
    public async Task<DerCode> CompactAsync(long revision, CancellationToken cancel = default)
    {
        DerCode code = Admit(revision <= 0 ? DerCode.Invalid : DerCode.Success, cancel);
        if (code.IsSuccess)
        {
            code = (await _connection.AskAsync(EtcdCalls.Compact, new CompactionRequest(revision), DerCode.TxUncertain, cancel).ConfigureAwait(false)).Code;
        }

        return code == DerCode.EpochOld ? DerCode.Success : code;
    }

    /// <summary>Watches end, calls under way are given up.</summary>
    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return default;
    }

    private DerCode Admit(DerCode check, CancellationToken cancel) =>
        cancel.IsCancellationRequested ? DerCode.Canceled : _connection.Ended.IsCancellationRequested ? DerCode.Shutdown : check;
}
