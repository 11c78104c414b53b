namespace Daos.Fabric.Metadata.Tests.Conformance;

public abstract partial class MetadataConformance
{
    [Fact]
    public void Lease_NotRenewed_TakesItsKeysAlong() => Run(async fixture =>
    {
        MetadataLease lease = await GrantAsync(fixture, fixture.LeaseTtlMs);
        await PutAsync(fixture, K("l/a"), V("1"), lease.Id);
        MetadataCommit last = await PutAsync(fixture, K("l/b"), V("2"), lease.Id);
        await PutAsync(fixture, K("l/c"), V("3"));
        Assert.Equal(lease.Id, Assert.Single((await ReadAsync(fixture, MetadataRange.Of(K("l/a")))).Entries).Lease);
        await using IMetadataWatch watch = await WatchAsync(fixture, MetadataRange.All with { Revision = last.Revision + 2 });
        var gone = new List<string>();
        while (gone.Count < 2)
        {
            gone.AddRange((await NextAsync(watch)).Changes.Where(c => c.Entry is null).Select(c => c.Key.ToString()));
        }

        Assert.Equal(["l/a", "l/b"], gone.Order());
        Assert.Equal("l/c", Assert.Single((await ReadAsync(fixture, MetadataRange.All)).Entries).Key.ToString());
        Assert.Equal(DerCode.Nonexist, (await fixture.Store.RenewAsync(lease.Id)).Code);
    });

    [Fact]
    public void Lease_Renewed_LivesOn() => Run(async fixture =>
    {
        long ttlMs = fixture.LeaseTtlMs * 2;
        MetadataLease lease = await GrantAsync(fixture, ttlMs);
        await PutAsync(fixture, K("kept"), V("1"), lease.Id);
        long startNs = fixture.Clock.MonotonicNs;
        long renewedNs = startNs;
        while (fixture.Clock.MonotonicNs - startNs < ttlMs * 1_500_000)
        {
            // On a busy machine the test itself may be late; then there is nothing to judge.
            DerResult<MetadataLease> renewed = await fixture.Store.RenewAsync(lease.Id);
            if (fixture.Clock.MonotonicNs - renewedNs > ttlMs * 800_000)
            {
                return;
            }

            Assert.Equal(DerCode.Success, renewed.Code);
            renewedNs = fixture.Clock.MonotonicNs;
            await fixture.PauseMs(ttlMs / 8);
        }

        Assert.Single((await ReadAsync(fixture, MetadataRange.Of(K("kept")))).Entries);
        Assert.Equal(DerCode.Success, await fixture.Store.RevokeAsync(lease.Id));
        Assert.Empty((await ReadAsync(fixture, MetadataRange.All)).Entries);
    });

    [Fact]
    public void Lease_ThatIsGone_IsRefusedAndNothingHappens() => Run(async fixture =>
    {
        MetadataLease lease = await GrantAsync(fixture, MetadataLimits.LeaseTtlMaxMs);
        await PutAsync(fixture, K("moved"), V("1"), lease.Id);
        await PutAsync(fixture, K("moved"), V("2"));
        await PutAsync(fixture, K("dies"), V("1"), lease.Id);
        Assert.Equal(DerCode.Success, await fixture.Store.RevokeAsync(lease.Id));
        Assert.Equal(DerCode.Success, await fixture.Store.RevokeAsync(lease.Id));
        Assert.Equal(DerCode.Nonexist, (await fixture.Store.RenewAsync(lease.Id)).Code);
        DerResult<MetadataCommit> refused = await fixture.Store.CommitAsync(new MetadataTransaction
        {
            Then = [MetadataOperation.Put(K("a"), V("1")), MetadataOperation.Put(K("b"), V("1"), lease.Id)],
        });
        Assert.Equal(DerCode.Nonexist, refused.Code);
        Assert.Equal("moved", Assert.Single((await ReadAsync(fixture, MetadataRange.All)).Entries).Key.ToString());
    });

    [Fact]
    public void Lease_WithManyKeys_TakesAllOfThem() => Run(async fixture =>
    {
        MetadataLease lease = await GrantAsync(fixture, MetadataLimits.LeaseTtlMaxMs);
        for (int i = 0; i < 5; i++)
        {
            await CommitAsync(fixture, new MetadataTransaction
            {
                Then = [.. Enumerable.Range(0, MetadataLimits.OperationsMax).Select(n => MetadataOperation.Put(K($"{i}/{n}"), V("x"), lease.Id))],
            });
        }

        Assert.Equal(DerCode.Success, await fixture.Store.RevokeAsync(lease.Id));
        Assert.Empty((await ReadAsync(fixture, MetadataRange.All)).Entries);
    });

    private static async Task<MetadataLease> GrantAsync(MetadataFixture fixture, long ttlMs)
    {
        DerResult<MetadataLease> result = await fixture.Store.GrantAsync(ttlMs).ConfigureAwait(false);
        Assert.Equal(DerCode.Success, result.Code);
        Assert.True(result.Value.TtlMs >= ttlMs);
        Assert.NotEqual(0, result.Value.Id);
        return result.Value;
    }
}
