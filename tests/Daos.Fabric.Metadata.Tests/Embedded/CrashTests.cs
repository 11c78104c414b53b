using System.Text;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Metadata.Tests.Embedded;

/// <summary>Crashes of the process and of the machine at random moments, under many transactions.</summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Id", "META")]
    public void Crash_AtRandomMoments_KeepsEveryAnsweredTransactionWholeAndInOrder()
    {
        var run = new SeededRun("META", "crash", 15, 1500, output.WriteLine, seed: 500);
        run.Run((seed, counts) => Live(seed, counts, skipsWaiting: false));
    }

    [Fact]
    public void StoreThatAnswersTooEarly_IsFoundOut()
    {
        int found = 0;
        for (ulong seed = 1; seed <= 10 && found == 0; seed++)
        {
            try
            {
                Live(seed, new RunCounts(), skipsWaiting: true);
            }
            catch (Xunit.Sdk.XunitException)
            {
                found++;
            }
        }

        Assert.NotEqual(0, found);
    }

    private static void Live(ulong seed, RunCounts counts, bool skipsWaiting)
    {
        using var world = new MetadataWorld(seed);
        var random = new SeededRandom(seed);
        var model = new StateModel();
        for (int life = 0; life < 5; life++)
        {
            EmbeddedMetadataStore store = world.Run(() => world.OpenAsync(skipsWaiting));
            Check(world, store, model, answered: 0);
            long answered = 0;
            world.RunFor(() => LoadAsync(store, random, model, revision => answered = Math.Max(answered, revision)), 1 + random.Next(40_000_000L));
            counts.Add("answered", answered == 0 ? 0 : 1);
            if (random.Chance(0.2))
            {
                world.Run(async () =>
                {
                    await store.DisposeAsync();
                    return true;
                });
            }

            world.Crash(random.Chance(0.5) ? CrashKind.Power : CrashKind.Process);
            counts.Add("crashes", 1);
            store = world.Run(() => world.OpenAsync(skipsWaiting));
            Check(world, store, model, answered);
            world.Crash(CrashKind.Process);
        }
    }

    private static async Task LoadAsync(EmbeddedMetadataStore store, SeededRandom random, StateModel model, Action<long> answered)
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => WriteAsync()));

        async Task WriteAsync()
        {
            while (true)
            {
                (string Key, string? Value)[] operations =
                [
                    .. Enumerable.Range(0, 1 + random.Next(4))
                        .Select(_ => $"key/{random.Next(40)}").Distinct()
                        .Select(key => (key, random.Chance(0.3) ? null : Value(random))),
                ];

                // Asked for in this very turn, so the store decides them in this order.
                Task<DerResult<MetadataCommit>> commit = store.CommitAsync(new MetadataTransaction { Then = [.. operations.Select(Operation)] });
                long revision = model.Apply(operations);
                DerResult<MetadataCommit> result = await commit;
                if (!result.IsSuccess)
                {
                    Assert.Contains(result.Code, new[] { DerCode.Shutdown, DerCode.TxUncertain });
                    return;
                }

                Assert.Equal(revision, result.Value.Revision);
                answered(revision);
            }
        }
    }

    private static void Check(MetadataWorld world, EmbeddedMetadataStore store, StateModel model, long answered)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        long revision = world.Run(async () =>
        {
            MetadataPage page = (await store.ReadAsync(MetadataRange.All)).Value;
            foreach (MetadataEntry entry in page.Entries)
            {
                found.Add(entry.Key.ToString(), Encoding.UTF8.GetString(entry.Value.Span));
            }

            Assert.False(page.HasMore);
            return page.Revision;
        });
        Assert.True(revision >= answered, $"revision {answered} was answered, {revision} came back");
        Assert.True(revision <= model.Revision, $"revision {revision} was never asked for");
        IReadOnlyDictionary<string, string> expected = model.ReturnTo(revision);
        Assert.Equal(expected.OrderBy(e => e.Key, StringComparer.Ordinal), found);
    }

    private static string Value(SeededRandom random) =>
        new((char)('a' + random.Next(26)), random.Chance(0.1) ? 4_000 + random.Next(9_000) : random.Next(200));

    private static MetadataOperation Operation((string Key, string? Value) operation) => operation.Value is null
        ? MetadataOperation.Delete(new MetadataKey(operation.Key))
        : MetadataOperation.Put(new MetadataKey(operation.Key), Encoding.UTF8.GetBytes(operation.Value));
}
