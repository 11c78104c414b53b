using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Daos.Fabric.Metadata.Etcd;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>Counters on three members while each kind of member is killed and cut off.</summary>
public sealed class EtcdClusterTests(ITestOutputHelper output)
{
    private const int Callers = 4;
    private static readonly MetadataKey s_counter = new("counter");

    [Fact]
    [Trait("Id", "C18")]
    public async Task Counter_WhileLeaderAndFollowersAreKilledAndCutOff_LosesAndDoublesNothing()
    {
        (EtcdCluster? made, string why) = await EtcdCluster.TryMakeAsync();
        Assert.SkipWhen(made is null, why);
        using EtcdCluster cluster = made!;
        await using IMetadataStore store = EtcdMetadataStore.Open(new EtcdOptions
        {
            Endpoints = cluster.Endpoints,
            RequestTimeoutMs = 1_500,
            ConnectTimeoutMs = 500,
            DeadlineMs = 60_000,
        });
        var load = new Load(store);
        Task watcher = load.WatchAsync();
        Task[] callers = [.. Enumerable.Range(0, Callers).Select(load.RaiseAsync)];
        int faults = 0;
        for (int round = 0; round < (TestRun.Tier == TestTier.T1 ? 15 : 1); round++)
        {
            foreach (bool isLeader in new[] { true, false })
            {
                int member = await PickAsync(cluster, isLeader);
                cluster.Kill(member);
                await load.RaisedAsync(20);
                cluster.Restart(member);
                await cluster.HealedAsync();
                member = await PickAsync(cluster, isLeader);
                await cluster.CutAsync(member);
                await load.RaisedAsync(20);
                await cluster.HealAsync(member);
                await cluster.HealedAsync();
                await load.RaisedAsync(5);
                faults += 2;
            }
        }

        load.Stop();
        await Task.WhenAll(callers);
        await load.CheckAsync();
        await watcher;
        output.WriteLine($"C18: faults={faults} raised={load.Answered} uncertain={load.Uncertain} lost=0 doubled=0");
    }

    private static async Task<int> PickAsync(EtcdCluster cluster, bool isLeader)
    {
        int leader = await cluster.LeaderAsync();
        return isLeader ? leader : (leader + 1) % EtcdCluster.Members;
    }

    private sealed class Load(IMetadataStore store)
    {
        private readonly ConcurrentDictionary<string, long> _answered = new();
        private readonly ConcurrentDictionary<string, bool> _uncertain = new();
        private readonly ConcurrentDictionary<string, long> _seen = new();
        private volatile bool _stops;
        private long _firstRevision;

        internal int Answered => _answered.Count;

        internal int Uncertain => _uncertain.Count;

        internal void Stop() => _stops = true;

        internal async Task RaisedAsync(int more)
        {
            for (int goal = _answered.Count + more; _answered.Count < goal;)
            {
                await Task.Delay(20);
            }
        }

        // A raise compares and swaps the counter and leaves a key of its own, both or none.
        internal async Task RaiseAsync(int caller)
        {
            for (int i = 0; !_stops;)
            {
                DerResult<MetadataPage> page = await store.ReadAsync(MetadataRange.Of(s_counter));
                if (!page.IsSuccess)
                {
                    continue;
                }

                MetadataEntry? now = page.Value.Entries.SingleOrDefault();
                int value = now is null ? 0 : ValueOf(now);
                string key = $"raise/{caller}/{i}";
                DerResult<MetadataCommit> commit = await store.CommitAsync(new MetadataTransaction
                {
                    When = [MetadataCompare.Unchanged(s_counter, now?.ModRevision ?? 0)],
                    Then =
                    [
                        MetadataOperation.Put(s_counter, Encoding.ASCII.GetBytes((value + 1).ToString(CultureInfo.InvariantCulture))),
                        MetadataOperation.Put(new MetadataKey(key), default),
                    ],
                });
                if (commit.IsSuccess && commit.Value.Held)
                {
                    Assert.True(_answered.TryAdd(key, commit.Value.Revision));
                    i++;
                }
                else if (commit.Code == DerCode.TxUncertain)
                {
                    _uncertain.TryAdd(key, true);
                    i++;
                }
            }
        }

        internal async Task WatchAsync()
        {
            _firstRevision = 1;
            DerResult<IMetadataWatch> opened;
            do
            {
                opened = await store.WatchAsync(MetadataRange.Prefix(new MetadataKey("raise/")) with { Revision = _firstRevision });
            }
            while (!opened.IsSuccess);
            await using IMetadataWatch watch = opened.Value;
            for (long last = 0; !_seen.ContainsKey("raise/end");)
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

        internal async Task CheckAsync()
        {
            Assert.True((await store.CommitAsync(MetadataTransaction.Put(new MetadataKey("raise/end"), default))).IsSuccess);
            var found = new Dictionary<string, MetadataEntry>();
            MetadataRange range = MetadataRange.Prefix(new MetadataKey("raise/"));
            MetadataPage page;
            do
            {
                page = (await store.ReadAsync(range)).Value;
                page.Entries.ToList().ForEach(e => found.Add(e.Key.ToString(), e));
                range = range with { From = page.Next, Revision = page.Revision };
            }
            while (page.HasMore);
            Assert.True(found.Remove("raise/end"));
            Assert.All(_answered, a => Assert.Equal(a.Value, found[a.Key].ModRevision));
            Assert.All(found, f => Assert.True(f.Value.Version == 1 && (_answered.ContainsKey(f.Key) || _uncertain.ContainsKey(f.Key)), f.Key));
            Assert.Equal(found.Count, ValueOf(Assert.Single((await store.ReadAsync(MetadataRange.Of(s_counter))).Value.Entries)));
            while (!_seen.ContainsKey("raise/end"))
            {
                await Task.Delay(20);
            }

            Assert.All(found, f => Assert.Equal(f.Value.ModRevision, _seen[f.Key]));
        }

        private static int ValueOf(MetadataEntry entry) => int.Parse(Encoding.ASCII.GetString(entry.Value.Span), CultureInfo.InvariantCulture);
    }
}
