using System.Text;

namespace Daos.Fabric.Metadata.Tests.Conformance;

/// <summary>What every metadata store does. Tests continue wherever the store completes, so that they also run inside a simulation.</summary>
public abstract partial class MetadataConformance
{
    protected static MetadataKey K(string text) => new(text);

    protected static byte[] V(string text) => Encoding.UTF8.GetBytes(text);

    protected static string Text(ReadOnlyMemory<byte> value) => Encoding.UTF8.GetString(value.Span);

    /// <summary>Runs a test on an empty store.</summary>
    protected abstract void Run(Func<MetadataFixture, Task> test);

    [Fact]
    public void Keys_InAnyOrderWritten_ComeInByteOrder() => Run(async fixture =>
    {
        byte[][] keys = [[0x61, 0x80], [0x61], [0x00], [0xFE, 0xFF], [0x61, 0x00], [0x7F], [0x62]];
        foreach (byte[] key in keys)
        {
            await PutAsync(fixture, new MetadataKey(key), key);
        }

        MetadataPage page = await ReadAsync(fixture, MetadataRange.All);
        Assert.Equal(["00", "61", "6100", "6180", "62", "7F", "FEFF"], page.Entries.Select(e => Convert.ToHexString(e.Key.Bytes.Span)));
        Assert.All(page.Entries, e => Assert.Equal(e.Key.Bytes.ToArray(), e.Value.ToArray()));
        Assert.False(page.HasMore);
    });

    [Fact]
    public void Put_Repeated_RaisesRevisionAndVersionAndKeepsCreation() => Run(async fixture =>
    {
        MetadataCommit first = await PutAsync(fixture, K("a"), V("1"));
        MetadataCommit second = await PutAsync(fixture, K("a"), V(""));
        Assert.True(second.Revision > first.Revision);
        MetadataEntry entry = Assert.Single((await ReadAsync(fixture, MetadataRange.Of(K("a")))).Entries);
        Assert.Equal((first.Revision, second.Revision, 2L, 0L), (entry.CreateRevision, entry.ModRevision, entry.Version, entry.Lease));
        Assert.Equal(0, entry.Value.Length);
        await DeleteAsync(fixture, K("a"));
        MetadataCommit again = await PutAsync(fixture, K("a"), V("3"));
        entry = Assert.Single((await ReadAsync(fixture, MetadataRange.Of(K("a")))).Entries);
        Assert.Equal((again.Revision, 1L), (entry.CreateRevision, entry.Version));
    });

    [Fact]
    public void Transaction_TakesOneBranchWhole() => Run(async fixture =>
    {
        await PutAsync(fixture, K("gone"), V("x"));
        MetadataTransaction transaction = new()
        {
            When = [MetadataCompare.Absent(K("a")), MetadataCompare.Exists(K("gone"))],
            Then = [MetadataOperation.Put(K("a"), V("then")), MetadataOperation.Put(K("b"), V("then")), MetadataOperation.Delete(K("gone"))],
            Else = [MetadataOperation.Put(K("c"), V("else"))],
        };
        MetadataCommit held = await CommitAsync(fixture, transaction);
        Assert.True(held.Held);
        MetadataPage page = await ReadAsync(fixture, MetadataRange.All);
        Assert.Equal(["a", "b"], page.Entries.Select(e => e.Key.ToString()));
        Assert.All(page.Entries, e => Assert.Equal(held.Revision, e.ModRevision));
        MetadataCommit other = await CommitAsync(fixture, transaction);
        Assert.Equal(MetadataBranch.Else, other.Branch);
        page = await ReadAsync(fixture, MetadataRange.All);
        Assert.Equal(["then", "then", "else"], page.Entries.Select(e => Text(e.Value)));
    });

    [Fact]
    public void Compare_OfEveryFieldAndRelation_HoldsWhenItShould() => Run(async fixture =>
    {
        MetadataCommit made = await PutAsync(fixture, K("k"), V("m"));
        MetadataCommit changed = await PutAsync(fixture, K("k"), V("m"));
        foreach ((MetadataField field, long value) in new[]
        {
            (MetadataField.ModRevision, changed.Revision), (MetadataField.CreateRevision, made.Revision), (MetadataField.Version, 2L),
        })
        {
            await ExpectAsync(fixture, MetadataCompare.Of(K("k"), field, MetadataRelation.Equal, value), true);
            await ExpectAsync(fixture, MetadataCompare.Of(K("k"), field, MetadataRelation.Equal, value + 1), false);
            await ExpectAsync(fixture, MetadataCompare.Of(K("k"), field, MetadataRelation.NotEqual, value + 1), true);
            await ExpectAsync(fixture, MetadataCompare.Of(K("k"), field, MetadataRelation.Less, value + 1), true);
            await ExpectAsync(fixture, MetadataCompare.Of(K("k"), field, MetadataRelation.Less, value), false);
            await ExpectAsync(fixture, MetadataCompare.Of(K("k"), field, MetadataRelation.Greater, value - 1), true);
            await ExpectAsync(fixture, MetadataCompare.Of(K("none"), field, MetadataRelation.Equal, 0), true);
        }

        await ExpectAsync(fixture, MetadataCompare.Holds(K("k"), V("m")), true);
        await ExpectAsync(fixture, MetadataCompare.Of(K("k"), MetadataRelation.NotEqual, V("n")), true);
        await ExpectAsync(fixture, MetadataCompare.Of(K("k"), MetadataRelation.Less, V("mm")), true);
        await ExpectAsync(fixture, MetadataCompare.Of(K("k"), MetadataRelation.Greater, V("m")), false);
        foreach (MetadataRelation relation in Enum.GetValues<MetadataRelation>())
        {
            // No value stands in no relation.
            await ExpectAsync(fixture, MetadataCompare.Of(K("none"), relation, V("m")), false);
        }
    });

    [Fact]
    public void TransactionThatChangesNothing_KeepsTheRevision() => Run(async fixture =>
    {
        long before = (await ReadAsync(fixture, MetadataRange.All)).Revision;
        MetadataCommit commit = await CommitAsync(fixture, new MetadataTransaction { When = [MetadataCompare.Exists(K("no"))], Then = [MetadataOperation.Put(K("a"), V("1"))] });
        Assert.Equal(MetadataBranch.Else, commit.Branch);
        Assert.Empty((await ReadAsync(fixture, MetadataRange.All)).Entries);
        commit = await PutAsync(fixture, K("a"), V("1"));
        Assert.True(commit.Revision > before);
    });

    [Fact]
    public void Counter_RaisedByManyCallers_CountsEachRaiseOnce() => Run(async fixture =>
    {
        const int Raises = 25;
        MetadataKey counter = K("counter");
        await Task.WhenAll(Enumerable.Range(0, fixture.Callers).Select(RaiseAsync));
        MetadataEntry entry = Assert.Single((await ReadAsync(fixture, MetadataRange.Of(counter))).Entries);
        Assert.Equal((fixture.Callers * Raises).ToString(), Text(entry.Value));

        async Task RaiseAsync(int caller)
        {
            for (int done = 0; done < Raises;)
            {
                MetadataEntry? now = (await ReadAsync(fixture, MetadataRange.Of(counter))).Entries.SingleOrDefault();
                int value = now is null ? 0 : int.Parse(Text(now.Value));
                MetadataCommit commit = await CommitAsync(fixture, new MetadataTransaction
                {
                    When = [MetadataCompare.Unchanged(counter, now?.ModRevision ?? 0)],
                    Then = [MetadataOperation.Put(counter, V((value + 1).ToString())), MetadataOperation.Put(K($"raise/{caller}/{done}"), V(""))],
                });
                done += commit.Held ? 1 : 0;
            }
        }
    });

    [Fact]
    public void Pages_ReadAtOneRevision_ShowOneState() => Run(async fixture =>
    {
        string[] keys = [.. Enumerable.Range(0, 30).Select(i => $"p/{i:d2}")];
        foreach (string key in keys)
        {
            await PutAsync(fixture, K(key), V("old"));
        }

        MetadataPage page = await ReadAsync(fixture, MetadataRange.Prefix(K("p/")) with { Limit = 7 });
        long revision = page.Revision;
        var seen = new List<MetadataEntry>(page.Entries);
        while (page.HasMore)
        {
            await PutAsync(fixture, K($"p/{seen.Count + 3:d2}"), V("new"));
            await DeleteAsync(fixture, K($"p/{seen.Count + 5:d2}"));
            await PutAsync(fixture, K($"p/{seen.Count:d2}x"), V("new"));
            page = await ReadAsync(fixture, MetadataRange.Prefix(K("p/")) with { From = page.Next, Limit = 7, Revision = revision });
            Assert.Equal(revision, page.Revision);
            seen.AddRange(page.Entries);
        }

        Assert.Equal(keys, seen.Select(e => e.Key.ToString()));
        Assert.All(seen, e => Assert.Equal("old", Text(e.Value)));
        page = await ReadAsync(fixture, MetadataRange.Prefix(K("p/")) with { KeysOnly = true });
        Assert.All(page.Entries, e => Assert.Equal(0, e.Value.Length));
        Assert.Contains(page.Entries, e => e.Key.ToString() == "p/07x");
    });

    [Fact]
    public void ReadAt_WhatIsCompactedOrToCome_IsRefused() => Run(async fixture =>
    {
        MetadataCommit first = await PutAsync(fixture, K("a"), V("1"));
        MetadataCommit second = await PutAsync(fixture, K("a"), V("2"));
        Assert.Equal("1", Text(Assert.Single((await ReadAsync(fixture, MetadataRange.All with { Revision = first.Revision })).Entries).Value));
        Assert.Equal(DerCode.Success, await fixture.Store.CompactAsync(second.Revision));
        Assert.Equal(DerCode.EpochOld, (await fixture.Store.ReadAsync(MetadataRange.All with { Revision = first.Revision })).Code);
        Assert.Equal("2", Text(Assert.Single((await ReadAsync(fixture, MetadataRange.All with { Revision = second.Revision })).Entries).Value));
        Assert.Equal(DerCode.Success, await fixture.Store.CompactAsync(first.Revision));
        Assert.Equal(DerCode.Invalid, (await fixture.Store.ReadAsync(MetadataRange.All with { Revision = second.Revision + 1_000_000 })).Code);
        Assert.Equal(DerCode.Invalid, await fixture.Store.CompactAsync(second.Revision + 1_000_000));
    });

    protected static async Task<MetadataCommit> CommitAsync(MetadataFixture fixture, MetadataTransaction transaction)
    {
        DerResult<MetadataCommit> result = await fixture.Store.CommitAsync(transaction).ConfigureAwait(false);
        Assert.Equal(DerCode.Success, result.Code);
        return result.Value;
    }

    protected static Task<MetadataCommit> PutAsync(MetadataFixture fixture, MetadataKey key, byte[] value, long lease = 0) =>
        CommitAsync(fixture, MetadataTransaction.Put(key, value, lease));

    protected static Task<MetadataCommit> DeleteAsync(MetadataFixture fixture, MetadataKey key) => CommitAsync(fixture, MetadataTransaction.Delete(key));

    protected static async Task<MetadataPage> ReadAsync(MetadataFixture fixture, MetadataRange range)
    {
        DerResult<MetadataPage> result = await fixture.Store.ReadAsync(range).ConfigureAwait(false);
        Assert.Equal(DerCode.Success, result.Code);
        return result.Value;
    }

    private static async Task ExpectAsync(MetadataFixture fixture, MetadataCompare compare, bool holds)
    {
        MetadataCommit commit = await CommitAsync(fixture, new MetadataTransaction { When = [compare] }).ConfigureAwait(false);
        Assert.True(commit.Held == holds, $"{compare.Key} {compare.Field} {compare.Relation} {compare.Number}: {commit.Held}");
    }
}
