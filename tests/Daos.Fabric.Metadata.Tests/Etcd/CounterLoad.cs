using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>
/// Callers that raise one counter by compare and swap, each raise with a key of its own, and a watch on those keys; at the end everything
/// must fit together. Any thread.
/// </summary>
internal sealed class CounterLoad(IMetadataStore store)
{
    private const int Callers = 4;
    private const string Last = "raise/end";
    private static readonly MetadataKey s_counter = new("counter");
    private static readonly MetadataRange s_raises = MetadataRange.Prefix(new MetadataKey("raise/"));
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    private readonly ConcurrentDictionary<string, long> _answered = new();
    private readonly ConcurrentDictionary<string, bool> _uncertain = new();
    private readonly Dictionary<string, long> _seen = [];
    private readonly Lock _lock = new();
    private readonly List<(int Goal, TaskCompletionSource Reached)> _goals = [];
    private Task _watcher = Task.CompletedTask;
    private Task[] _callers = [];
    private volatile bool _stops;

    internal int Answered => _answered.Count;

    internal int Uncertain => _uncertain.Count;

    internal void Start()
    {
        _watcher = WatchAsync();
        _callers = [.. Enumerable.Range(0, Callers).Select(RaiseAsync)];
    }

    /// <summary>Waits until so many more raises were answered.</summary>
    internal Task RaisedAsync(int more)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _goals.Add((_answered.Count + more, reached));
        }

        return reached.Task.WaitAsync(s_limit);
    }

    /// <summary>Ends the load. Nothing that was answered is missing, nothing happened twice, and the watch saw every raise once and in order.</summary>
    internal async Task CheckAsync()
    {
        _stops = true;
        await Task.WhenAll(_callers).WaitAsync(s_limit);
        Assert.Equal(DerCode.Success, (await store.CommitAsync(MetadataTransaction.Put(new MetadataKey(Last), default))).Code);
        await _watcher.WaitAsync(s_limit);
        Dictionary<string, MetadataEntry> found = await ReadAllAsync();
        Assert.True(found.Remove(Last));
        Assert.All(_answered, a => Assert.Equal(a.Value, found[a.Key].ModRevision));
        Assert.All(found, f => Assert.True(f.Value.Version == 1 && (_answered.ContainsKey(f.Key) || _uncertain.ContainsKey(f.Key)), f.Key));
        Assert.All(found, f => Assert.Equal(f.Value.ModRevision, _seen[f.Key]));
        Assert.Equal(found.Count + 1, _seen.Count);
        Assert.Equal(found.Count, ValueOf(Assert.Single((await store.ReadAsync(MetadataRange.Of(s_counter))).Value.Entries)));
    }

    private async Task RaiseAsync(int caller)
    {
        for (int i = 0; !_stops;)
        {
            DerResult<MetadataPage> page = await store.ReadAsync(MetadataRange.Of(s_counter));
            if (!page.IsSuccess)
            {
                continue;
            }

            MetadataEntry? now = page.Value.Entries.SingleOrDefault();
            string key = $"raise/{caller}/{i}";
            DerResult<MetadataCommit> commit = await store.CommitAsync(new MetadataTransaction
            {
                When = [MetadataCompare.Unchanged(s_counter, now?.ModRevision ?? 0)],
                Then =
                [
                    MetadataOperation.Put(s_counter, Encoding.ASCII.GetBytes(((now is null ? 0 : ValueOf(now)) + 1).ToString(CultureInfo.InvariantCulture))),
                    MetadataOperation.Put(new MetadataKey(key), default),
                ],
            });
            if (commit.IsSuccess && commit.Value.Held)
            {
                Assert.True(_answered.TryAdd(key, commit.Value.Revision));
                TellGoals();
                i++;
            }
            else if (commit.Code == DerCode.TxUncertain)
            {
                _uncertain.TryAdd(key, true);
                i++;
            }
        }
    }

    private async Task WatchAsync()
    {
        DerResult<IMetadataWatch> opened;
        do
        {
            opened = await store.WatchAsync(s_raises with { Revision = 1 });
        }
        while (!opened.IsSuccess);
        await using IMetadataWatch watch = opened.Value;
        for (long last = 0; !_seen.ContainsKey(Last);)
        {
            DerResult<MetadataChanges> next = await watch.NextAsync();
            Assert.Equal(DerCode.Success, next.Code);
            Assert.True(next.Value.Revision > last, "a change came twice");
            last = next.Value.Revision;
            foreach (MetadataChange change in next.Value.Changes)
            {
                Assert.True(_seen.TryAdd(change.Key.ToString(), last), $"{change.Key} was written twice");
            }
        }
    }

    private async Task<Dictionary<string, MetadataEntry>> ReadAllAsync()
    {
        var found = new Dictionary<string, MetadataEntry>();
        MetadataRange range = s_raises;
        MetadataPage page;
        do
        {
            page = (await store.ReadAsync(range)).Value;
            page.Entries.ToList().ForEach(e => found.Add(e.Key.ToString(), e));
            range = range with { From = page.Next, Revision = page.Revision };
        }
        while (page.HasMore);
        return found;
    }

    private void TellGoals()
    {
        lock (_lock)
        {
            foreach ((int Goal, TaskCompletionSource Reached) reached in _goals.FindAll(g => g.Goal <= _answered.Count))
            {
                _goals.Remove(reached);
                reached.Reached.SetResult();
            }
        }
    }

    private static int ValueOf(MetadataEntry entry) => int.Parse(Encoding.ASCII.GetString(entry.Value.Span), CultureInfo.InvariantCulture);
}
