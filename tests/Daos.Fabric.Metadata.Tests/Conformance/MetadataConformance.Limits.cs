namespace Daos.Fabric.Metadata.Tests.Conformance;

public abstract partial class MetadataConformance
{
    [Fact]
    public void LargestOfEverything_ComesBackWhole() => Run(async fixture =>
    {
        byte[] key = new byte[MetadataLimits.KeyBytesMax];
        byte[] value = new byte[MetadataLimits.ValueBytesMax];
        var random = new SeededRandom(7);
        random.Fill(key);
        random.Fill(value);
        key[0] = 0xFE;
        await PutAsync(fixture, new MetadataKey(key), value);
        MetadataEntry entry = Assert.Single((await ReadAsync(fixture, MetadataRange.Of(new MetadataKey(key)))).Entries);
        Assert.True(entry.Key.Bytes.Span.SequenceEqual(key) && entry.Value.Span.SequenceEqual(value));
        byte[] part = new byte[(MetadataLimits.TransactionBytesMax / MetadataLimits.OperationsMax) - 8];
        random.Fill(part);
        await CommitAsync(fixture, new MetadataTransaction
        {
            When = [.. Enumerable.Range(0, MetadataLimits.ComparesMax).Select(i => MetadataCompare.Absent(K($"{i}")))],
            Then = [.. Enumerable.Range(0, MetadataLimits.OperationsMax).Select(i => MetadataOperation.Put(K($"{i}"), part))],
        });
        MetadataPage page = await ReadAsync(fixture, MetadataRange.All);
        Assert.Equal(MetadataLimits.OperationsMax + 1, page.Entries.Count);
        Assert.All(page.Entries.SkipLast(1), e => Assert.True(e.Value.Span.SequenceEqual(part)));
    });

    [Fact]
    public void MoreThanTheLimits_IsRefusedByItsCode() => Run(async fixture =>
    {
        byte[] big = new byte[MetadataLimits.ValueBytesMax + 1];
        byte[] quarter = new byte[MetadataLimits.ValueBytesMax];
        await RefusedAsync(DerCode.KeyTooBig, MetadataTransaction.Put(new MetadataKey(new byte[MetadataLimits.KeyBytesMax + 1]), V("")));
        await RefusedAsync(DerCode.RecordTooBig, MetadataTransaction.Put(K("a"), big));
        await RefusedAsync(DerCode.RecordTooBig, new MetadataTransaction { When = [MetadataCompare.Holds(K("a"), big)] });
        await RefusedAsync(DerCode.Overflow, new MetadataTransaction { Then = Operations(MetadataLimits.OperationsMax + 1, []) });
        await RefusedAsync(DerCode.Overflow, new MetadataTransaction { Else = Operations(MetadataLimits.OperationsMax + 1, []) });
        await RefusedAsync(DerCode.Overflow, new MetadataTransaction { Then = Operations(4, quarter), Else = Operations(1, quarter) });
        await RefusedAsync(DerCode.Overflow, new MetadataTransaction
        {
            When = [.. Enumerable.Range(0, MetadataLimits.ComparesMax + 1).Select(i => MetadataCompare.Absent(K($"{i}")))],
        });
        Assert.Equal(DerCode.KeyTooBig, (await fixture.Store.ReadAsync(MetadataRange.Of(new MetadataKey(new byte[2000])))).Code);
        Assert.Equal(DerCode.Invalid, (await fixture.Store.ReadAsync(MetadataRange.All with { Limit = MetadataLimits.PageEntriesMax + 1 })).Code);
        Assert.Equal(DerCode.Invalid, (await fixture.Store.GrantAsync(MetadataLimits.LeaseTtlMinMs - 1)).Code);
        Assert.Equal(DerCode.Invalid, (await fixture.Store.GrantAsync(MetadataLimits.LeaseTtlMaxMs + 1)).Code);
        Assert.Empty((await ReadAsync(fixture, MetadataRange.All)).Entries);

        async Task RefusedAsync(DerCode code, MetadataTransaction transaction) =>
            Assert.Equal(code, (await fixture.Store.CommitAsync(transaction)).Code);
    });

    [Fact]
    public void NonsenseInput_IsRefused() => Run(async fixture =>
    {
        MetadataKey reserved = new([0xFF, 1]);
        foreach (MetadataTransaction transaction in new[]
        {
            MetadataTransaction.Put(default, V("1")),
            MetadataTransaction.Put(reserved, V("1")),
            MetadataTransaction.Put(MetadataKey.End, V("1")) with { Then = [MetadataOperation.Delete(new MetadataKey([0xFF]))] },
            MetadataTransaction.Put(K("a"), V("1"), -1),
            new MetadataTransaction { Then = [MetadataOperation.Put(K("a"), V("1")), MetadataOperation.Delete(K("a"))] },
            new MetadataTransaction { When = [MetadataCompare.Exists(default)] },
        })
        {
            Assert.Equal(DerCode.Invalid, (await fixture.Store.CommitAsync(transaction)).Code);
        }

        foreach (MetadataRange range in new[]
        {
            new MetadataRange { From = K("b"), To = K("a") },
            new MetadataRange { From = K("b"), To = K("b") },
            new MetadataRange { From = reserved },
            new MetadataRange { To = reserved },
            new MetadataRange { Revision = -1 },
            new MetadataRange { Limit = -1 },
        })
        {
            Assert.Equal(DerCode.Invalid, (await fixture.Store.ReadAsync(range)).Code);
            Assert.Equal(DerCode.Invalid, (await fixture.Store.WatchAsync(range)).Code);
        }

        Assert.Equal(DerCode.Nonexist, (await fixture.Store.RenewAsync(123_456_789)).Code);
        Assert.Empty((await ReadAsync(fixture, MetadataRange.All)).Entries);
    });

    [Fact]
    public void CallThatWasCancelledBefore_DoesNothing() => Run(async fixture =>
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.Equal(DerCode.Canceled, (await fixture.Store.CommitAsync(MetadataTransaction.Put(K("a"), V("1")), cancel.Token)).Code);
        Assert.Equal(DerCode.Canceled, (await fixture.Store.ReadAsync(MetadataRange.All, cancel.Token)).Code);
        Assert.Equal(DerCode.Canceled, (await fixture.Store.GrantAsync(10_000, cancel.Token)).Code);
        Assert.Equal(DerCode.Canceled, (await fixture.Store.WatchAsync(MetadataRange.All, cancel.Token)).Code);
        Assert.Empty((await ReadAsync(fixture, MetadataRange.All)).Entries);
    });

    [Fact]
    public void DisposedStore_SaysSoAndEndsItsWatches() => Run(async fixture =>
    {
        IMetadataWatch watch = await WatchAsync(fixture, MetadataRange.All);
        Task<DerResult<MetadataChanges>> next = watch.NextAsync();
        await fixture.Store.DisposeAsync();
        Assert.Equal(DerCode.Shutdown, (await next).Code);
        Assert.Equal(DerCode.Shutdown, (await fixture.Store.CommitAsync(MetadataTransaction.Put(K("a"), V("1")))).Code);
        Assert.Equal(DerCode.Shutdown, (await fixture.Store.ReadAsync(MetadataRange.All)).Code);
        Assert.Equal(DerCode.Shutdown, (await fixture.Store.WatchAsync(MetadataRange.All)).Code);
        Assert.Equal(DerCode.Shutdown, (await fixture.Store.GrantAsync(10_000)).Code);
    });

    private static MetadataOperation[] Operations(int count, byte[] value) =>
        [.. Enumerable.Range(0, count).Select(i => MetadataOperation.Put(K($"{i}"), value))];
}
