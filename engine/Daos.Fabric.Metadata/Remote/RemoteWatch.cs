namespace Daos.Fabric.Metadata.Remote;

/// <summary>
/// A watch that asks for its changes. It knows itself where it stands, so connections and the other side may come and go. One caller at a time, any thread.
/// </summary>
internal sealed class RemoteWatch(RemoteMetadataStore store, Guid id, MetadataRange range) : IMetadataWatch
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Queue<MetadataChanges> _ready = new();
    private MetadataRange _range = range;
    private Task<DerResult<List<MetadataChanges>>>? _asking;

    /// <summary>Asks without waiting, so that what is wrong with the range is known.</summary>
    internal async Task<DerCode> OpenAsync(CancellationToken cancel)
    {
        DerResult<List<MetadataChanges>> first = await store.AskForChangesAsync(new WatchQuestion(id, _range, 0, false), cancel).ConfigureAwait(false);
        return Keep(first);
    }

    /// <inheritdoc/>
    public async Task<DerResult<MetadataChanges>> NextAsync(CancellationToken cancel = default)
    {
        while (true)
        {
            if (_ended.IsCancellationRequested || store.IsEnded)
            {
                return DerCode.Shutdown;
            }

            if (_ready.TryDequeue(out MetadataChanges? changes))
            {
                return changes;
            }

            // A call that was given up goes on; the next one takes what it brings.
            _asking ??= store.AskForChangesAsync(new WatchQuestion(id, _range, store.Options.WatchMs, false), _ended.Token);
            DerResult<List<MetadataChanges>> answer;
            try
            {
                answer = await _asking.WaitAsync(cancel).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return DerCode.Canceled;
            }

            _asking = null;
            DerCode code = Keep(answer);
            if (code.IsError && !IsPassing(code))
            {
                return code;
            }

            if (code.IsError && !await store.PauseAsync(cancel).ConfigureAwait(false) && cancel.IsCancellationRequested)
            {
                return DerCode.Canceled;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested)
        {
            return;
        }

        _ended.Cancel();

        // The other side may free it now, and does so by itself when it does not hear this.
        _ = await store.AskForChangesAsync(new WatchQuestion(id, _range, 0, IsEnd: true), CancellationToken.None).ConfigureAwait(false);
    }

    private static bool IsPassing(DerCode code) =>
        code == DerCode.Unreachable || code == DerCode.TimedOut || code == DerCode.Busy || code == DerCode.NotLeader || code == DerCode.Canceled || code == DerCode.Shutdown;

    private DerCode Keep(DerResult<List<MetadataChanges>> answer)
    {
        if (!answer.IsSuccess)
        {
            return answer.Code;
        }

        foreach (MetadataChanges changes in answer.Value)
        {
            // What is behind us already was asked for twice.
            if (changes.Revision >= _range.Revision)
            {
                _ready.Enqueue(changes);
                _range = _range with { Revision = changes.Revision + 1 };
            }
        }

        return DerCode.Success;
    }
}
