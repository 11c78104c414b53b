using System.Globalization;
using System.Text;

namespace Daos.Fabric.Metadata.Tests.Remote;

/// <summary>daos_server ends and comes back while an engine works on the metadata.</summary>
public sealed class DrpcRestartTests
{
    private const int Callers = 4;
    private const int Raises = 60;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Transactions_WhileTheServerRestarts_HappenOnce(bool withItsStore)
    {
        await using DrpcSystem system = await DrpcSystem.StartAsync();
        var counter = new MetadataKey("counter");
        using var done = new SemaphoreSlim(0);
        Task callers = Task.WhenAll(Enumerable.Range(0, Callers).Select(RaiseAsync));
        for (int restart = 0; restart < 4; restart++)
        {
            // Each comes when some more was done, so that there is work before, in the middle and behind.
            for (int raise = 0; raise < Callers * Raises / 6 && !callers.IsCompleted; raise++)
            {
                await Task.WhenAny(done.WaitAsync(), callers);
            }

            await (withItsStore ? system.RestartAllAsync() : system.RestartServerAsync());
        }

        await callers;
        MetadataEntry entry = Assert.Single((await system.Store.ReadAsync(MetadataRange.Of(counter))).Value.Entries);
        Assert.Equal((Callers * Raises).ToString(CultureInfo.InvariantCulture), Encoding.UTF8.GetString(entry.Value.Span));
        Assert.Equal(Callers * Raises, entry.Version);

        async Task RaiseAsync(int caller)
        {
            for (int raised = 0; raised < Raises;)
            {
                DerResult<MetadataPage> page = await system.Store.ReadAsync(MetadataRange.Of(counter));
                Assert.Equal(DerCode.Success, page.Code);
                MetadataEntry? now = page.Value.Entries.SingleOrDefault();
                int value = now is null ? 0 : int.Parse(Encoding.UTF8.GetString(now.Value.Span), CultureInfo.InvariantCulture);
                DerResult<MetadataCommit> commit = await system.Store.CommitAsync(new MetadataTransaction
                {
                    When = [MetadataCompare.Unchanged(counter, now?.ModRevision ?? 0)],
                    Then = [MetadataOperation.Put(counter, Encoding.UTF8.GetBytes((value + 1).ToString(CultureInfo.InvariantCulture)))],
                });
                Assert.Equal(DerCode.Success, commit.Code);
                raised += commit.Value.Held ? 1 : 0;
                _ = commit.Value.Held && done.Release() >= 0;
            }
        }
    }

    [Fact]
    public async Task Watch_WhileTheServerRestarts_MissesNothing()
    {
        await using DrpcSystem system = await DrpcSystem.StartAsync();
        await using IMetadataWatch watch = (await system.Store.WatchAsync(MetadataRange.Prefix(new MetadataKey("w/")))).Value;
        for (int i = 0; i < 40; i++)
        {
            Task<DerResult<MetadataChanges>> next = watch.NextAsync();
            if (i % 10 == 5)
            {
                await system.RestartServerAsync();
            }

            Assert.True((await system.Store.CommitAsync(MetadataTransaction.Put(new MetadataKey($"w/{i}"), new byte[i]))).IsSuccess);
            MetadataChange change = Assert.Single((await next).Value.Changes);
            Assert.Equal(($"w/{i}", i), (change.Key.ToString(), change.Entry!.Value.Length));
        }
    }

    [Fact]
    public async Task StoreThatForgot_EndsTheWatchWithEpochOld()
    {
        await using DrpcSystem system = await DrpcSystem.StartAsync();
        await using IMetadataWatch watch = (await system.Store.WatchAsync(MetadataRange.Prefix(new MetadataKey("w/")))).Value;
        Task<DerResult<MetadataChanges>> next = watch.NextAsync();
        Assert.True((await system.Store.CommitAsync(MetadataTransaction.Put(new MetadataKey("other"), default))).IsSuccess);
        await system.RestartAllAsync();
        Assert.Equal(DerCode.EpochOld, (await next).Code);
    }

    [Fact]
    public async Task Lease_OutlivesTheServerAndEndsWhenItIsRevoked()
    {
        await using DrpcSystem system = await DrpcSystem.StartAsync();
        MetadataLease lease = (await system.Store.GrantAsync(600_000)).Value;
        var key = new MetadataKey("leased");
        Assert.True((await system.Store.CommitAsync(MetadataTransaction.Put(key, default, lease.Id))).IsSuccess);
        await system.RestartAllAsync();
        Assert.True((await system.Store.RenewAsync(lease.Id)).IsSuccess);
        Assert.Single((await system.Store.ReadAsync(MetadataRange.Of(key))).Value.Entries);
        Assert.Equal(DerCode.Success, await system.Store.RevokeAsync(lease.Id));
        await system.RestartServerAsync();
        Assert.Empty((await system.Store.ReadAsync(MetadataRange.Of(key))).Value.Entries);
        Assert.Equal(DerCode.Nonexist, (await system.Store.RenewAsync(lease.Id)).Code);
    }
}
