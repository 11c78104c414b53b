using Daos.Fabric.Metadata.KeySpaces;

namespace Daos.Fabric.Metadata.Embedded;

/// <summary>A watch on a key space that an owner thread holds. One caller at a time, any thread.</summary>
internal sealed class LoopWatch(OwnerLoop loop, WatchHub hub, WatchCursor cursor) : IMetadataWatch
{
    private Task<DerResult<MetadataChanges>>? _pending;

    /// <inheritdoc/>
    public async Task<DerResult<MetadataChanges>> NextAsync(CancellationToken cancel = default)
    {
        // A call that was given up goes on; the next one takes what it brings.
        _pending ??= LoopCall.RunAsync(loop, WaitAsync);
        try
        {
            DerResult<MetadataChanges> result = await _pending.WaitAsync(cancel).ConfigureAwait(false);
            _pending = null;
            return result;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return DerCode.Canceled;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await LoopCall.RunAtLastAsync(loop, Close).ConfigureAwait(false);
    }

    private ValueTask<DerCode> Close()
    {
        hub.Close(cursor, DerCode.Shutdown);
        return new ValueTask<DerCode>(DerCode.Success);
    }

    private async ValueTask<DerResult<MetadataChanges>> WaitAsync()
    {
        while (true)
        {
            DerResult<MetadataChanges> next = cursor.TryNext();
            if (next.Code != DerCode.Again)
            {
                return next;
            }

            // Completed on the owner thread, and continued there at once.
            var more = new TaskCompletionSource();
            cursor.OnMore(more.SetResult);
            await more.Task.ConfigureAwait(false);
        }
    }
}
