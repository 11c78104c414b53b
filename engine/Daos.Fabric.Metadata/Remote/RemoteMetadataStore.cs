using System.Buffers.Binary;
using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Metadata.Remote;

/// <summary>
/// Metadata that are elsewhere: an engine asks its daos_server. A lost answer leaves a transaction uncertain; a <see cref="Sessions.SessionStore"/> over
/// this one, whose guards travel with the transactions, makes each happen once. Any thread; tasks end on the carrier's.
/// </summary>
public sealed class RemoteMetadataStore : IMetadataStore
{
    private readonly MetadataCarrier _carrier;
    private readonly RemoteMetadataOptions _options;
    private readonly CancellationTokenSource _ended = new();
    private readonly ulong _name;
    private long _watches;

    /// <param name="carrier">Not owned.</param>
    /// <param name="options">How to ask.</param>
    public RemoteMetadataStore(MetadataCarrier carrier, RemoteMetadataOptions options)
    {
        _carrier = carrier;
        _options = options.Validate();
        _name = options.Random.NextUInt64();
    }

    /// <inheritdoc/>
    public Task<DerResult<MetadataPage>> ReadAsync(MetadataRange range, CancellationToken cancel = default) =>
        AskAsync(MetadataMethod.Read, MetadataChecks.Check(range), () => RemoteKeys.Write(range).Written, RemoteReplies.ReadPage, DerCode.TimedOut, cancel);

    /// <inheritdoc/>
    public Task<DerResult<MetadataCommit>> CommitAsync(MetadataTransaction transaction, CancellationToken cancel = default) => AskAsync(
        MetadataMethod.Commit,
        MetadataChecks.Check(transaction),
        () => RemoteTransactions.Write(transaction),
        RemoteReplies.ReadCommit,
        DerCode.TxUncertain,
        cancel);

    /// <inheritdoc/>
    public async Task<DerResult<IMetadataWatch>> WatchAsync(MetadataRange range, CancellationToken cancel = default)
    {
        DerCode code = MetadataChecks.Check(range);
        if (code.IsError)
        {
            return code;
        }

        long revision = range.Revision;
        if (revision == 0)
        {
            // From now on: behind what a read sees.
            DerResult<MetadataPage> now = await ReadAsync(range with { KeysOnly = true, Limit = 1 }, cancel).ConfigureAwait(false);
            if (!now.IsSuccess)
            {
                return now.Code;
            }

            revision = now.Value.Revision + 1;
        }

        var watch = new RemoteWatch(this, NextId(), range with { Revision = revision, KeysOnly = false, Limit = 0 });
        code = await watch.OpenAsync(cancel).ConfigureAwait(false);
        return code.IsError ? code : watch;
    }

    /// <inheritdoc/>
    public Task<DerResult<MetadataLease>> GrantAsync(long ttlMs, CancellationToken cancel = default) =>
        AskAsync(MetadataMethod.Grant, MetadataChecks.CheckTtl(ttlMs), () => Number(ttlMs), RemoteReplies.ReadLease, DerCode.TxUncertain, cancel);

    /// <inheritdoc/>
    public Task<DerResult<MetadataLease>> RenewAsync(long lease, CancellationToken cancel = default) =>
        AskAsync(MetadataMethod.Renew, DerCode.Success, () => Number(lease), RemoteReplies.ReadLease, DerCode.TimedOut, cancel);

    /// <inheritdoc/>
    public Task<DerCode> RevokeAsync(long lease, CancellationToken cancel = default) => AskForCodeAsync(MetadataMethod.Revoke, lease, cancel);

    /// <inheritdoc/>
    public Task<DerCode> CompactAsync(long revision, CancellationToken cancel = default) => AskForCodeAsync(MetadataMethod.Compact, revision, cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _ended.Cancel();
        return default;
    }

    internal RemoteMetadataOptions Options => _options;

    /// <summary>True once disposed.</summary>
    internal bool IsEnded => _ended.IsCancellationRequested;

    /// <summary>
    /// The next changes behind a revision, or none. Nothing is lost with any error: ask again from the same revision.
    /// </summary>
    internal Task<DerResult<List<MetadataChanges>>> AskForChangesAsync(WatchQuestion question, CancellationToken cancel) => AskAsync(
        MetadataMethod.Watch, DerCode.Success, question.Write, RemoteReplies.ReadChanges, DerCode.TimedOut, cancel, question.WaitMs);

    /// <summary>A pause before the next try; false when there is none.</summary>
    internal async Task<bool> PauseAsync(CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, _ended.Token);
        try
        {
            await _options.Delay(_options.PauseMs * 1_000_000L, end.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static ReadOnlyMemory<byte> Number(long number) => new ProtoWriter().Write(1, number).Written;

    // One name for this store, and a number for each of its watches.
    private Guid NextId()
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(id, _name);
        BinaryPrimitives.WriteInt64LittleEndian(id[sizeof(long)..], Interlocked.Increment(ref _watches));
        return new Guid(id);
    }

    private async Task<DerCode> AskForCodeAsync(MetadataMethod method, long number, CancellationToken cancel)
    {
        DerResult<bool> answer = await AskAsync<bool>(method, DerCode.Success, () => Number(number), static _ => true, DerCode.TimedOut, cancel).ConfigureAwait(false);
        return answer.Code;
    }

    private async Task<DerResult<T>> AskAsync<T>(
        MetadataMethod method,
        DerCode check,
        Func<ReadOnlyMemory<byte>> write,
        Func<ReadOnlyMemory<byte>, DerResult<T>> read,
        DerCode unknown,
        CancellationToken cancel,
        int waitMs = 0)
    {
        DerCode code = IsEnded ? DerCode.Shutdown : check.IsError ? check : cancel.IsCancellationRequested ? DerCode.Canceled : DerCode.Success;
        if (code.IsError)
        {
            return code;
        }

        DerResult<ReadOnlyMemory<byte>> reply = await CarryAsync(method, write(), waitMs, cancel).ConfigureAwait(false);
        if (!reply.IsSuccess)
        {
            return CodeOf(reply.Code, unknown, cancel);
        }

        code = RemoteReplies.ReadCode(reply.Value);
        DerResult<T> result = code.IsError ? code : read(reply.Value);

        // A store that is being closed may or may not have done it.
        return result.Code == DerCode.Protocol || result.Code == DerCode.Shutdown ? unknown
            : result.Code == DerCode.Canceled ? DerCode.Unreachable
            : result;
    }

    private DerCode CodeOf(DerCode code, DerCode unknown, CancellationToken cancel) =>
        code == DerCode.NoReply || code == DerCode.Protocol ? (IsEnded && unknown != DerCode.TxUncertain ? DerCode.Shutdown : unknown)
        : IsEnded ? DerCode.Shutdown
        : code == DerCode.Canceled ? (cancel.IsCancellationRequested ? DerCode.Canceled : DerCode.TimedOut)
        : code == DerCode.NoMemory ? DerCode.Busy
        : code;

    private async Task<DerResult<ReadOnlyMemory<byte>>> CarryAsync(MetadataMethod method, ReadOnlyMemory<byte> body, int waitMs, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel, _ended.Token);
        Task<DerResult<ReadOnlyMemory<byte>>> reply = _carrier(method, body, over.Token);
        if (!reply.IsCompleted)
        {
            await Task.WhenAny(reply, _options.Delay((_options.CallMs + waitMs) * 1_000_000L, over.Token)).ConfigureAwait(false);
            over.Cancel();
        }

        return await reply.ConfigureAwait(false);
    }
}
