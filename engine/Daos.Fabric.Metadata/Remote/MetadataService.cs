using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Metadata.Remote;

/// <summary>
/// Answers what <see cref="RemoteMetadataStore"/> asks from a store that is here: daos_server for its engines. It keeps nothing but open watches, which
/// may go at any moment, so another one may take its place between any two requests. Any thread.
/// </summary>
public sealed class MetadataService : IAsyncDisposable
{
    private readonly WatchTable _watches = new();
    private readonly IMetadataStore _store;
    private readonly Func<long, CancellationToken, Task> _delay;

    /// <param name="store">Not owned.</param>
    /// <param name="delay">Waits for so many nanoseconds.</param>
    public MetadataService(IMetadataStore store, Func<long, CancellationToken, Task> delay)
    {
        _store = store;
        _delay = delay;
    }

    /// <summary>Watches that are open and not being asked now.</summary>
    public int WatchCount => _watches.Count;

    /// <summary>
    /// The answer to a request, with the store's code in it. DER_UNREG: no such method; DER_PROTO: the request is malformed; nothing was done.
    /// </summary>
    public async Task<DerResult<ReadOnlyMemory<byte>>> HandleAsync(MetadataMethod method, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        switch (method)
        {
            case MetadataMethod.Read:
                return RemoteKeys.ReadRange(body.Span) is { } range ? Answer(await _store.ReadAsync(range, cancel).ConfigureAwait(false), RemoteReplies.Write) : DerCode.Protocol;
            case MetadataMethod.Commit:
                return RemoteTransactions.Read(body.Span) is { } transaction
                    ? Answer(await _store.CommitAsync(transaction, cancel).ConfigureAwait(false), RemoteReplies.Write)
                    : DerCode.Protocol;
            case MetadataMethod.Watch:
                return WatchQuestion.Read(body.Span) is { } question ? await WatchAsync(question, cancel).ConfigureAwait(false) : DerCode.Protocol;
            case MetadataMethod.Grant:
                return TryReadNumber(body, out long ttlMs) ? Answer(await _store.GrantAsync(ttlMs, cancel).ConfigureAwait(false), RemoteReplies.Write) : DerCode.Protocol;
            case MetadataMethod.Renew:
                return TryReadNumber(body, out long renewed) ? Answer(await _store.RenewAsync(renewed, cancel).ConfigureAwait(false), RemoteReplies.Write) : DerCode.Protocol;
            case MetadataMethod.Revoke:
                return TryReadNumber(body, out long revoked) ? Answer(await _store.RevokeAsync(revoked, cancel).ConfigureAwait(false)) : DerCode.Protocol;
            case MetadataMethod.Compact:
                return TryReadNumber(body, out long revision) ? Answer(await _store.CompactAsync(revision, cancel).ConfigureAwait(false)) : DerCode.Protocol;
            default:
                return DerCode.Unregistered;
        }
    }

    /// <summary>Ends the watches.</summary>
    public ValueTask DisposeAsync() => _watches.CloseAsync();

    private static DerResult<ReadOnlyMemory<byte>> Answer<T>(DerResult<T> result, Func<T, ReadOnlyMemory<byte>> write) =>
        result.IsSuccess ? write(result.Value) : RemoteReplies.Write(result.Code);

    private static DerResult<ReadOnlyMemory<byte>> Answer(DerCode code) => RemoteReplies.Write(code);

    // Requests of one number have it in field 1.
    private static bool TryReadNumber(ReadOnlyMemory<byte> body, out long number)
    {
        number = 0;
        var reader = new ProtoReader(body.Span);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            if ((field, type) == (1, ProtoWireType.Varint))
            {
                number = reader.ReadInt64();
            }
            else
            {
                reader.Skip(type);
            }
        }

        return !reader.Failed;
    }

    private async Task<DerResult<ReadOnlyMemory<byte>>> WatchAsync(WatchQuestion question, CancellationToken cancel)
    {
        ServedWatch? served = _watches.Take(question.Id);
        if (served is not null && (question.IsEnd || served.NextRevision != question.Range.Revision))
        {
            // An answer got lost, or it is over.
            await served.Watch.DisposeAsync().ConfigureAwait(false);
            served = null;
        }

        if (question.IsEnd)
        {
            return RemoteReplies.Write(DerCode.Success);
        }

        if (served is null)
        {
            DerResult<IMetadataWatch> opened = await _store.WatchAsync(question.Range, cancel).ConfigureAwait(false);
            if (!opened.IsSuccess)
            {
                return RemoteReplies.Write(opened.Code);
            }

            served = new ServedWatch(opened.Value, question.Range.Revision);
        }

        DerResult<MetadataChanges> next = await NextAsync(served.Watch, question.WaitMs, cancel).ConfigureAwait(false);
        if (!next.IsSuccess && next.Code != DerCode.Canceled)
        {
            await served.Watch.DisposeAsync().ConfigureAwait(false);
            return RemoteReplies.Write(next.Code);
        }

        served.NextRevision = next.IsSuccess ? next.Value.Revision + 1 : served.NextRevision;
        await _watches.PutAsync(question.Id, served).ConfigureAwait(false);
        ReadOnlyMemory<byte> reply = RemoteReplies.Write(next.IsSuccess ? next.Value : null);
        return reply.Length <= RemoteLimits.ChangesBytesMax ? reply : RemoteReplies.Write(DerCode.EpochOld);
    }

    private async Task<DerResult<MetadataChanges>> NextAsync(IMetadataWatch watch, int waitMs, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task<DerResult<MetadataChanges>> next = watch.NextAsync(over.Token);
        if (!next.IsCompleted)
        {
            if (waitMs > 0)
            {
                await Task.WhenAny(next, _delay(waitMs * 1_000_000L, over.Token)).ConfigureAwait(false);
            }

            over.Cancel();
        }

        return await next.ConfigureAwait(false);
    }
}
