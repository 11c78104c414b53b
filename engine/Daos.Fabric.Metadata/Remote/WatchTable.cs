using System.Collections.Immutable;

namespace Daos.Fabric.Metadata.Remote;

/// <summary>
/// Watches between two questions, by their numbers. A watch that is being asked is not in it: its asker owns it. Any thread, without a lock: the table is
/// replaced as a whole.
/// </summary>
internal sealed class WatchTable
{
    private ImmutableDictionary<Guid, ServedWatch> _watches = ImmutableDictionary<Guid, ServedWatch>.Empty;
    private long _uses;
    private int _isClosed;

    internal int Count => _watches.Count;

    /// <summary>The watch, now the caller's; null when it is not here.</summary>
    internal ServedWatch? Take(Guid id) => ImmutableInterlocked.TryRemove(ref _watches, id, out ServedWatch? watch) ? watch : null;

    /// <summary>Keeps it until the next question; ends another when there are too many, or this one when its place is taken.</summary>
    internal async ValueTask PutAsync(Guid id, ServedWatch watch)
    {
        watch.LastUsed = Interlocked.Increment(ref _uses);
        if (!ImmutableInterlocked.TryAdd(ref _watches, id, watch))
        {
            await watch.Watch.DisposeAsync().ConfigureAwait(false);
            return;
        }

        while (Count > RemoteLimits.WatchesMax || Volatile.Read(ref _isClosed) != 0)
        {
            KeyValuePair<Guid, ServedWatch> oldest = _watches.MinBy(static w => w.Value.LastUsed);
            if (oldest.Value is null)
            {
                return;
            }

            if (Take(oldest.Key) is { } taken)
            {
                await taken.Watch.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Ends all; those that come back later end then.</summary>
    internal async ValueTask CloseAsync()
    {
        Volatile.Write(ref _isClosed, 1);
        foreach (Guid id in _watches.Keys)
        {
            if (Take(id) is { } watch)
            {
                await watch.Watch.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
