using System.Text;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Metadata.Tests.Sessions;

/// <summary>Exactly once, over a store that loses everything that can be lost.</summary>
public sealed class SessionTests(ITestOutputHelper output)
{
    private const int Callers = 4;
    private const int Transactions = 40;

    [Fact]
    [Trait("Id", "META")]
    public void Transactions_OverLostAnswersAndLeaders_HappenOnceAndAreAnsweredTruly()
    {
        var run = new SeededRun("META", "session", 40, 8000, output.WriteLine, seed: 900);
        run.Run((seed, counts) => Live(seed, counts, withSession: true));
    }

    [Fact]
    public void RepetitionWithoutSession_IsFoundOut()
    {
        int found = 0;
        for (ulong seed = 1; seed <= 10 && found == 0; seed++)
        {
            try
            {
                Live(seed, new RunCounts(), withSession: false);
            }
            catch (Xunit.Sdk.XunitException)
            {
                found++;
            }
        }

        Assert.NotEqual(0, found);
    }

    [Fact]
    public void SameSeed_GivesTheSameHistory() => Assert.Equal(Live(77, new RunCounts(), true), Live(77, new RunCounts(), true));

    private static string Live(ulong seed, RunCounts counts, bool withSession) => Live(
        seed,
        counts,
        (world, server) => withSession
            ? new SessionStore(server.Connect(world.Loop), Conformance.SessionConformanceTests.OptionsIn(world, seed) with { Slots = 3 })
            : server.Connect(world.Loop),
        withSession);

    /// <summary>Callers and a watcher at work on a lossy server, by whatever way they reach it; gives the history.</summary>
    internal static string Live(ulong seed, RunCounts counts, Func<MetadataWorld, SimMetadataServer, IMetadataStore> connect, bool withSession = true)
    {
        using var world = new MetadataWorld(seed);
        var random = new SeededRandom(seed);
        var server = new SimMetadataServer(world.World, new SimMetadataOptions
        {
            LostRequest = 0.08,
            LostAnswer = 0.08,
            LateRequest = 0.08,
            LeaderChange = 0.01,
            LostLease = 0.1,
            Compaction = 0.01,
            TimeoutNs = 200_000_000,
            WatchDelayMaxNs = 300_000_000,
        });
        world.Run(async () =>
        {
            IMetadataStore store = connect(world, server);
            Task watcher = WatchAsync(store, server, Callers * Transactions);
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => CallAsync(store, caller, random.Fork(), counts, withSession)));
            await watcher;
            return true;
        });
        Assert.All(server.Entries.Where(e => e.Key.ToString().StartsWith("once/", StringComparison.Ordinal)), e => Assert.Equal(1, e.Version));
        counts.Add("leaders", server.LeaderChanges);
        return $"{server.Revision} {string.Join(' ', server.Entries.Select(e => $"{e.Key}@{e.ModRevision}"))}";
    }

    // Each transaction leaves a key that says which branch it took; the flag that decides is changed by everybody.
    private static async Task CallAsync(IMetadataStore store, int caller, SeededRandom random, RunCounts counts, bool withSession)
    {
        var flag = new MetadataKey("flag");
        for (int i = 0; i < Transactions; i++)
        {
            var then = new MetadataKey($"once/{caller}/{i}/then");
            var other = new MetadataKey($"once/{caller}/{i}/else");
            bool writesElse = random.Chance(0.7);
            var transaction = new MetadataTransaction
            {
                When = [MetadataCompare.Exists(flag)],
                Then = [MetadataOperation.Put(then, default), MetadataOperation.Delete(flag)],
                Else = writesElse ? [MetadataOperation.Put(other, default), MetadataOperation.Put(flag, default)] : [],
            };
            DerResult<MetadataCommit> result = await store.CommitAsync(transaction);
            while (!withSession && !result.IsSuccess)
            {
                result = await store.CommitAsync(transaction);
            }

            counts.Add(result.IsSuccess ? "answered" : "uncertain", 1);
            MetadataEntry[] left = await ReadAsync(store, MetadataRange.Prefix(new MetadataKey($"once/{caller}/{i}/")));
            if (result.IsSuccess)
            {
                string[] expected = result.Value.Held ? [then.ToString()] : writesElse ? [other.ToString()] : [];
                Assert.Equal(expected, left.Select(e => e.Key.ToString()));
                Assert.All(left, e => Assert.Equal(result.Value.Revision, e.ModRevision));
            }
            else
            {
                Assert.Contains(result.Code, new[] { DerCode.TxUncertain, DerCode.Unreachable, DerCode.TimedOut });
                Assert.True(left.Length <= 1);
                Assert.True(left.Length == 0 || result.Code == DerCode.TxUncertain, $"{result.Code}, but it happened");
            }
        }

        // The watcher counts these.
        for (int i = 0; i < Transactions;)
        {
            i += (await store.CommitAsync(MetadataTransaction.Put(new MetadataKey($"watched/{caller}/{i}"), Encoding.UTF8.GetBytes("x")))).IsSuccess ? 1 : 0;
        }
    }

    // Follows a range as a service does: pages, then changes, anew when it fell behind. Every change once, none missing.
    private static async Task WatchAsync(IMetadataStore store, SimMetadataServer server, int keys)
    {
        MetadataRange range = MetadataRange.Prefix(new MetadataKey("watched/"));
        var state = new SortedDictionary<string, long>(StringComparer.Ordinal);
        while (state.Count < keys)
        {
            DerResult<MetadataPage> page = await store.ReadAsync(range with { Limit = 50 });
            long revision = page.IsSuccess ? page.Value.Revision : 0;
            state.Clear();
            while (page.IsSuccess)
            {
                page.Value.Entries.ToList().ForEach(e => state.Add(e.Key.ToString(), e.ModRevision));
                page = page.Value.HasMore ? await store.ReadAsync(range with { From = page.Value.Next, Revision = revision, Limit = 50 }) : DerCode.Again;
            }

            DerResult<IMetadataWatch> opened = page.Code == DerCode.Again ? await store.WatchAsync(range with { Revision = revision + 1 }) : page.Code;
            while (opened.IsSuccess && state.Count < keys)
            {
                DerResult<MetadataChanges> next = await opened.Value.NextAsync();
                if (!next.IsSuccess)
                {
                    Assert.Equal(DerCode.EpochOld, next.Code);
                    break;
                }

                Assert.True(next.Value.Revision > revision, "a change came twice");
                revision = next.Value.Revision;
                foreach (MetadataChange change in next.Value.Changes)
                {
                    Assert.Equal(revision, change.Entry!.ModRevision);
                    state[change.Key.ToString()] = revision;
                }
            }

            if (opened.IsSuccess)
            {
                await opened.Value.DisposeAsync();
            }
        }

        // A transaction whose outcome was given up and that was sent again may still change a key once more.
        MetadataEntry[] entries = [.. server.Entries.Where(e => range.Contains(e.Key))];
        Assert.Equal(entries.Select(e => e.Key.ToString()), state.Keys);
        Assert.All(entries, e => Assert.InRange(state[e.Key.ToString()], e.CreateRevision, e.ModRevision));
    }

    private static async Task<MetadataEntry[]> ReadAsync(IMetadataStore store, MetadataRange range)
    {
        while (true)
        {
            DerResult<MetadataPage> page = await store.ReadAsync(range);
            if (page.IsSuccess)
            {
                return [.. page.Value.Entries];
            }
        }
    }
}
