using System.Text;

namespace Daos.Fabric.Metadata.Tests.Embedded;

/// <summary>
/// Followers outside of the process of an embedded store: after each of its crashes they go on where they were, or are told to read anew.
/// </summary>
public sealed class RestartWatchTests
{
    private const string Last = "in/last";

    [Theory]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    [Trait("Id", "META")]
    public void Followers_ThroughCrashes_HoldWhatTheStoreHolds(CrashKind kind)
    {
        using var world = new MetadataWorld(41);
        var random = new SeededRandom(41);
        Follower[] followers = [new(MetadataRange.All), new(MetadataRange.Prefix(new MetadataKey("in/")))];
        for (int life = 0; life < 24; life++)
        {
            // In some lives nothing is written, so that those who have seen everything may go on.
            EmbeddedMetadataStore store = world.Run(() => world.OpenAsync());
            bool isIdle = life % 3 == 2;
            Task[] running = [];
            world.RunFor(
                () => Task.WhenAll(running = [.. followers.Select(f => f.FollowAsync(store)), isIdle ? Task.CompletedTask : WriteAsync(store, random)]),
                2_000_000 + random.Next(20_000_000L));
            Assert.All(running, task => Assert.Null(task.Exception));
            world.Crash(kind);
        }

        EmbeddedMetadataStore last = world.Run(() => world.OpenAsync());
        world.Run(async () =>
        {
            Task[] following = [.. followers.Select(f => f.FollowAsync(last))];
            Assert.True((await last.CommitAsync(MetadataTransaction.Put(new MetadataKey(Last), default))).IsSuccess);
            await Task.WhenAll(following);
            foreach (Follower follower in followers)
            {
                MetadataPage page = (await last.ReadAsync(follower.Range)).Value;
                Assert.False(page.HasMore);
                Assert.Equal(page.Entries.Select(e => (e.Key.ToString(), e.ModRevision)), follower.Held.Select(h => (h.Key, h.Value)));
            }

            return true;
        });
        Assert.All(followers, f => Assert.True(f.ReadAnew > 1, "nobody was ever told to read anew"));
        Assert.True(followers[0].WentOn > 0, "nobody ever went on");
    }

    private static async Task WriteAsync(EmbeddedMetadataStore store, SeededRandom random)
    {
        while (true)
        {
            var key = new MetadataKey(random.Chance(0.3) ? $"in/{random.Next(20)}" : $"out/{random.Next(20)}");
            DerResult<MetadataCommit> commit = await store.CommitAsync(
                random.Chance(0.3) ? MetadataTransaction.Delete(key) : MetadataTransaction.Put(key, Encoding.ASCII.GetBytes("value")));
            if (!commit.IsSuccess)
            {
                return;
            }
        }
    }

    /// <summary>What a range holds as far as one follower was told.</summary>
    private sealed class Follower(MetadataRange range)
    {
        private long _next;

        internal MetadataRange Range => range;

        internal SortedDictionary<string, long> Held { get; } = new(StringComparer.Ordinal);

        internal int ReadAnew { get; private set; }

        internal int WentOn { get; private set; }

        internal async Task FollowAsync(EmbeddedMetadataStore store)
        {
            DerResult<IMetadataWatch> opened = _next == 0 ? DerCode.EpochOld : await store.WatchAsync(range with { Revision = _next });
            if (opened.Code == DerCode.EpochOld)
            {
                MetadataPage page = (await store.ReadAsync(range)).Value;
                Assert.True(page.Revision >= _next - 1, $"revision {_next - 1} was seen, {page.Revision} came back");
                Held.Clear();
                page.Entries.ToList().ForEach(e => Held.Add(e.Key.ToString(), e.ModRevision));
                _next = page.Revision + 1;
                ReadAnew++;
                opened = await store.WatchAsync(range with { Revision = _next });
            }
            else
            {
                WentOn++;
            }

            while (!Held.ContainsKey(Last))
            {
                DerResult<MetadataChanges> changes = await opened.Value.NextAsync();
                Assert.Equal(DerCode.Success, changes.Code);
                Assert.True(changes.Value.Revision >= _next, "a change came twice");
                _next = changes.Value.Revision + 1;
                foreach (MetadataChange change in changes.Value.Changes)
                {
                    Held.Remove(change.Key.ToString());
                    if (change.Entry is { } entry)
                    {
                        Held.Add(change.Key.ToString(), entry.ModRevision);
                    }
                }
            }
        }
    }
}
