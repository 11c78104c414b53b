using System.Text;

namespace Daos.Fabric.Metadata.Tests.Embedded;

/// <summary>What only the embedded store has: a directory, restarts, a bounded history.</summary>
public sealed class EmbeddedStoreTests
{
    [Fact]
    public void Restart_KeepsEntriesRevisionAndLeases()
    {
        using var world = new MetadataWorld(21);
        MetadataLease lease = null!;
        long revision = world.Run(async () =>
        {
            EmbeddedMetadataStore store = await world.OpenAsync();
            lease = (await store.GrantAsync(5_000)).Value;
            await store.CommitAsync(MetadataTransaction.Put(new MetadataKey("leased"), new byte[6000], lease.Id));
            await store.CommitAsync(MetadataTransaction.Put(new MetadataKey("kept"), Encoding.UTF8.GetBytes("1")));
            long last = (await store.CommitAsync(MetadataTransaction.Put(new MetadataKey("kept"), Encoding.UTF8.GetBytes("2")))).Value.Revision;
            await store.DisposeAsync();
            return last;
        });
        world.Crash(CrashKind.Power);
        world.Run(async () =>
        {
            EmbeddedMetadataStore store = await world.OpenAsync();
            MetadataPage page = (await store.ReadAsync(MetadataRange.All)).Value;
            Assert.Equal(revision, page.Revision);
            Assert.Equal(["kept", "leased"], page.Entries.Select(e => e.Key.ToString()));
            Assert.Equal((revision, 2L), (page.Entries[0].ModRevision, page.Entries[0].Version));
            Assert.Equal((6000, lease.Id), (page.Entries[1].Value.Length, page.Entries[1].Lease));
            MetadataLease next = (await store.GrantAsync(5_000)).Value;
            Assert.NotEqual(lease.Id, next.Id);

            // Older revisions are gone, and said to be; the lease starts anew and ends.
            Assert.Equal(DerCode.EpochOld, (await store.WatchAsync(MetadataRange.All with { Revision = revision })).Code);
            await using IMetadataWatch watch = (await store.WatchAsync(MetadataRange.All with { Revision = revision + 1 })).Value;
            MetadataChange change = Assert.Single((await watch.NextAsync()).Value.Changes);
            Assert.Equal(("leased", true), (change.Key.ToString(), change.Entry is null));
            return true;
        });
    }

    [Fact]
    public void SlowWatch_BehindTheHistory_IsToldSo()
    {
        using var world = new MetadataWorld(22);
        world.Run(async () =>
        {
            EmbeddedMetadataStore store = await world.OpenAsync();
            await using IMetadataWatch slow = (await store.WatchAsync(MetadataRange.All)).Value;
            for (int i = 0; i < 600; i++)
            {
                Assert.True((await store.CommitAsync(MetadataTransaction.Put(new MetadataKey("k"), BitConverter.GetBytes(i)))).IsSuccess);
            }

            Assert.Equal(DerCode.EpochOld, (await slow.NextAsync()).Code);
            Assert.Equal(DerCode.EpochOld, (await slow.NextAsync()).Code);
            return true;
        });
    }

    [Fact]
    public void KeysThatComeAndGo_DoNotFillTheStore()
    {
        using var world = new MetadataWorld(23);
        world.Run(async () =>
        {
            EmbeddedMetadataStore store = await world.OpenAsync();
            for (int i = 0; i < 3_000; i++)
            {
                // 36 MiB in total through an arena of 8 MiB and a data file of 16 MiB.
                var key = new MetadataKey($"turn/{i % 7}");
                DerResult<MetadataCommit> put = await store.CommitAsync(MetadataTransaction.Put(key, new byte[i % 2 == 0 ? 20_000 : 3_500]));
                Assert.True(put.IsSuccess, $"{i}: {put.Code}");
                Assert.True((await store.CommitAsync(MetadataTransaction.Delete(key))).IsSuccess);
            }

            return true;
        });
    }

    [Fact]
    public void MoreCallsThanMayWait_AreTurnedAway()
    {
        using var world = new MetadataWorld(24);
        world.Run(async () =>
        {
            EmbeddedMetadataStore store = await world.OpenAsync();
            DerResult<MetadataCommit>[] results = await Task.WhenAll(Enumerable.Range(0, MetadataLimits.CommitsWaitingMax + 10)
                .Select(i => store.CommitAsync(MetadataTransaction.Put(new MetadataKey($"{i}"), default))));
            Assert.Equal(10, results.Count(r => r.Code == DerCode.Busy));
            Assert.Equal(MetadataLimits.CommitsWaitingMax, results.Count(r => r.IsSuccess));
            return true;
        });
    }

    [Fact]
    public void DirectoryOfSomebodyElse_IsRefusedAndNotTouched()
    {
        using var world = new MetadataWorld(25);
        IReactorFiles files = world.Node.Files;
        Assert.True(files.CreateDirectory("/metadata").IsSuccess);
        files.Close(files.Create("/metadata/letter", 4096, FileAccessMode.Buffered).Value);
        DaosException refused = Assert.Throws<DaosException>(() => world.Run(() => world.OpenAsync()));
        Assert.Equal(DerCode.DfInval, refused.Code);
        Assert.Contains("is not empty and holds no metadata store", refused.Message);
        Assert.Equal(["letter"], files.List("/metadata").Value);
    }

    [Fact]
    public void DirectoryInUse_IsRefused()
    {
        using var world = new MetadataWorld(26);
        world.Run(() => world.OpenAsync());
        DaosException refused = Assert.Throws<DaosException>(() => world.Run(() => world.OpenAsync()));
        Assert.Equal(DerCode.Busy, refused.Code);
        Assert.Contains("another process uses /metadata", refused.Message);
    }

    [Fact]
    public void MakingOfTheStore_CutAtAnyMoment_IsMadeAgain()
    {
        for (ulong seed = 1; seed <= 12; seed++)
        {
            using var world = new MetadataWorld(seed);
            var random = new SeededRandom(seed);
            for (int cut = 0; cut < 3; cut++)
            {
                world.RunFor(() => world.OpenAsync(), 1 + random.Next(30_000_000L));
                world.Crash(cut == 1 ? CrashKind.Process : CrashKind.Power);
            }

            EmbeddedMetadataStore store = world.Run(() => world.OpenAsync());
            Assert.True(world.Run(() => store.CommitAsync(MetadataTransaction.Put(new MetadataKey("a"), default))).IsSuccess);
        }
    }
}
