using Daos.Fabric.Metadata;
using Daos.Fabric.Metadata.KeySpaces;

namespace Daos.Fabric.TestKit.Metadata;

/// <summary>A watch that hears late. Owned by the loop of its user.</summary>
internal sealed class SimMetadataWatch(SimMetadataServer server, OwnerLoop loop, WatchCursor cursor) : IMetadataWatch
{
    private Task<DerResult<MetadataChanges>>? _pending;

    /// <inheritdoc/>
    public async Task<DerResult<MetadataChanges>> NextAsync(CancellationToken cancel = default)
    {
        loop.Assert();
        _pending ??= WaitAsync();
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
    public ValueTask DisposeAsync()
    {
        server.Hub.Close(cursor, DerCode.Shutdown);
        return default;
    }

    private async Task<DerResult<MetadataChanges>> WaitAsync()
    {
        while (true)
        {
            DerResult<MetadataChanges> next = cursor.TryNext();
            if (next.Code != DerCode.Again)
            {
                return next;
            }

            var more = new TaskCompletionSource();
            cursor.OnMore(() => server.World.After(server.WatchDelayNs(), () => SimTurn.Post(loop, more.SetResult)));
            await more.Task.ConfigureAwait(false);
        }
    }
}
