namespace Daos.Fabric.Metadata.Tests.Conformance;

public abstract partial class MetadataConformance
{
    [Fact]
    public void Watch_FromAnOldRevision_GivesEveryChangeOnceAndInOrder() => Run(async fixture =>
    {
        MetadataCommit first = await PutAsync(fixture, K("w/a"), V("1"));
        await PutAsync(fixture, K("x"), V("outside"));
        await PutAsync(fixture, K("w/a"), V("2"));
        await using IMetadataWatch watch = await WatchAsync(fixture, MetadataRange.Prefix(K("w/")) with { Revision = first.Revision });
        Assert.Equal("w/a=1", Line(await NextAsync(watch)));
        Assert.Equal("w/a=2", Line(await NextAsync(watch)));
        MetadataCommit both = await CommitAsync(fixture, new MetadataTransaction
        {
            Then = [MetadataOperation.Put(K("w/c"), V("3")), MetadataOperation.Delete(K("w/a")), MetadataOperation.Put(K("y"), V("outside"))],
        });
        await DeleteAsync(fixture, K("w/none"));
        await DeleteAsync(fixture, K("w/c"));
        MetadataChanges changes = await NextAsync(watch);
        Assert.Equal(("w/a gone, w/c=3", both.Revision), (Line(changes), changes.Revision));
        Assert.Equal("w/c gone", Line(await NextAsync(watch)));
    });

    [Fact]
    public void Watch_FromNow_SkipsWhatWas() => Run(async fixture =>
    {
        await PutAsync(fixture, K("a"), V("before"));
        await using IMetadataWatch watch = await WatchAsync(fixture, MetadataRange.All);
        await PutAsync(fixture, K("a"), V("after"));
        Assert.Equal("a=after", Line(await NextAsync(watch)));
    });

    [Fact]
    public void Watch_WhileWritersAreAtWorkAndConnectionsBreak_SeesEveryRevision() => Run(async fixture =>
    {
        const int Writes = 60;
        long start = (await ReadAsync(fixture, MetadataRange.All)).Revision + 1;
        await using IMetadataWatch watch = await WatchAsync(fixture, MetadataRange.Prefix(K("n/")) with { Revision = start });
        var written = new List<long>();
        Task writer = WriteAsync();
        var seen = new List<(long Revision, string Line)>();
        while (seen.Count < Writes)
        {
            MetadataChanges changes = await NextAsync(watch);
            seen.Add((changes.Revision, Line(changes)));
            if (seen.Count % 20 == 10)
            {
                fixture.Disconnect();
            }
        }

        await writer;
        Assert.Equal(written, seen.Select(s => s.Revision));
        Assert.Equal(Enumerable.Range(0, Writes).Select(i => $"n/{i % 5}={i}"), seen.Select(s => s.Line));

        async Task WriteAsync()
        {
            for (int i = 0; i < Writes; i++)
            {
                written.Add((await PutAsync(fixture, K($"n/{i % 5}"), V($"{i}"))).Revision);
            }
        }
    });

    [Fact]
    public void Watch_FromWhatIsCompacted_SaysSo() => Run(async fixture =>
    {
        MetadataCommit first = await PutAsync(fixture, K("a"), V("1"));
        MetadataCommit second = await DeleteAsync(fixture, K("a"));
        MetadataCommit third = await PutAsync(fixture, K("a"), V("3"));
        Assert.Equal(DerCode.Success, await fixture.Store.CompactAsync(second.Revision));
        foreach (long revision in new[] { first.Revision, second.Revision })
        {
            Assert.Equal(DerCode.EpochOld, await EndOfAsync(MetadataRange.All with { Revision = revision }));
        }

        await using IMetadataWatch watch = await WatchAsync(fixture, MetadataRange.All with { Revision = third.Revision });
        Assert.Equal("a=3", Line(await NextAsync(watch)));

        // Some stores know at once, others when they are asked for changes.
        async Task<DerCode> EndOfAsync(MetadataRange range)
        {
            DerResult<IMetadataWatch> opened = await fixture.Store.WatchAsync(range);
            if (!opened.IsSuccess)
            {
                return opened.Code;
            }

            await using IMetadataWatch ended = opened.Value;
            return (await ended.NextAsync()).Code;
        }
    });

    [Fact]
    public void Watch_WhoseCallWasGivenUp_LosesNothing() => Run(async fixture =>
    {
        await using IMetadataWatch watch = await WatchAsync(fixture, MetadataRange.All);
        using var cancel = new CancellationTokenSource();
        Task<DerResult<MetadataChanges>> next = watch.NextAsync(cancel.Token);
        await PutAsync(fixture, K("other"), V("0"));
        Assert.Equal("other=0", Line((await next).Value));
        next = watch.NextAsync(cancel.Token);
        cancel.Cancel();
        Assert.Equal(DerCode.Canceled, (await next).Code);
        await PutAsync(fixture, K("a"), V("1"));
        await PutAsync(fixture, K("a"), V("2"));
        Assert.Equal("a=1", Line(await NextAsync(watch)));
        Assert.Equal("a=2", Line(await NextAsync(watch)));
    });

    [Fact]
    public void Watch_Disposed_LetsItsCallerGo() => Run(async fixture =>
    {
        IMetadataWatch watch = await WatchAsync(fixture, MetadataRange.All);
        Task<DerResult<MetadataChanges>> next = watch.NextAsync();
        await watch.DisposeAsync();
        Assert.Equal(DerCode.Shutdown, (await next).Code);
    });

    protected static async Task<IMetadataWatch> WatchAsync(MetadataFixture fixture, MetadataRange range)
    {
        DerResult<IMetadataWatch> result = await fixture.Store.WatchAsync(range).ConfigureAwait(false);
        Assert.Equal(DerCode.Success, result.Code);
        return result.Value;
    }

    protected static async Task<MetadataChanges> NextAsync(IMetadataWatch watch)
    {
        DerResult<MetadataChanges> result = await watch.NextAsync().ConfigureAwait(false);
        Assert.Equal(DerCode.Success, result.Code);
        return result.Value;
    }

    protected static string Line(MetadataChanges changes) =>
        string.Join(", ", changes.Changes.Select(c => c.Entry is null ? $"{c.Key} gone" : $"{c.Key}={Text(c.Entry.Value)}"));
}
