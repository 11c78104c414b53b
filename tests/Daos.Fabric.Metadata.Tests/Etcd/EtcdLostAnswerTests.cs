using System.Text;
using Daos.Fabric.Metadata.Etcd;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>Requests and answers that get lost between the store and etcd: each transaction happens once, and its caller learns what it did.</summary>
public sealed class EtcdLostAnswerTests(EtcdServer server) : IClassFixture<EtcdServer>
{
    private const string Txn = "/v3/kv/txn";
    private static readonly MetadataKey s_key = new("key");
    private static int s_stores;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task AnswerOfATransaction_Lost_IsFoundOutAndNothingHappensTwice(int lost)
    {
        (IMetadataStore store, StolenAnswers network) = Open();
        await using IMetadataStore _ = store;
        MetadataCommit first = await PutAsync(store, "1");
        network.StealAnswers(Txn, lost);
        var counted = new MetadataTransaction
        {
            When = [MetadataCompare.Unchanged(s_key, first.Revision)],
            Then = [MetadataOperation.Put(s_key, V("2"))],
            Else = [MetadataOperation.Put(new MetadataKey("never"), default)],
        };
        DerResult<MetadataCommit> second = await store.CommitAsync(counted);
        Assert.Equal((DerCode.Success, MetadataBranch.Then), (second.Code, second.Value.Branch));
        MetadataEntry entry = await SingleAsync(store);
        Assert.Equal(("2", second.Value.Revision, 2L), (Encoding.UTF8.GetString(entry.Value.Span), entry.ModRevision, entry.Version));

        // The branch that was taken is known as well when it was the other one.
        network.StealAnswers(Txn, lost);
        DerResult<MetadataCommit> other = await store.CommitAsync(counted with { Else = [MetadataOperation.Put(s_key, V("3"))] });
        Assert.Equal((DerCode.Success, MetadataBranch.Else), (other.Code, other.Value.Branch));
        entry = await SingleAsync(store);
        Assert.Equal((other.Value.Revision, 3L), (entry.ModRevision, entry.Version));
    }

    [Fact]
    public async Task RequestOfATransaction_Lost_IsSentAgain()
    {
        (IMetadataStore store, StolenAnswers network) = Open();
        await using IMetadataStore _ = store;
        await PutAsync(store, "1");
        network.StealRequests(Txn, 2);
        MetadataCommit put = await PutAsync(store, "2");
        MetadataEntry entry = await SingleAsync(store);
        Assert.Equal((put.Revision, 2L), (entry.ModRevision, entry.Version));
    }

    [Fact]
    public async Task CopyOfARequest_ThatArrivesLate_ChangesNothing()
    {
        (IMetadataStore store, StolenAnswers network) = Open();
        await using IMetadataStore _ = store;
        await PutAsync(store, "1");
        network.DelayRequests(Txn, 2);
        MetadataCommit put = await PutAsync(store, "2");
        MetadataCommit later = await PutAsync(store, "3");
        string[] said = await network.DeliverAsync();
        Assert.Equal(2, said.Length);
        Assert.All(said, answer => Assert.DoesNotContain("\"succeeded\":true", answer));
        MetadataEntry entry = await SingleAsync(store);
        Assert.Equal(("3", later.Revision, 3L), (Encoding.UTF8.GetString(entry.Value.Span), entry.ModRevision, entry.Version));
        Assert.True(later.Revision > put.Revision);
    }

    [Fact]
    public async Task EveryAnswer_LostUntilTheDeadline_IsAnUnknownOutcomeAndTheNextOneIsNot()
    {
        (IMetadataStore store, StolenAnswers network) = Open(options => options with { DeadlineMs = 1_000, RequestTimeoutMs = 1_000 });
        await using IMetadataStore _ = store;
        await using IMetadataStore patient = EtcdMetadataStore.Open(server.Options($"/lost/{s_stores}/"));
        while (!(await store.CommitAsync(MetadataTransaction.Put(s_key, V("1")))).IsSuccess)
        {
            // On a busy machine the deadline is short for this one as well.
        }

        long version = (await SingleAsync(patient)).Version;
        int sent = network.Sent;
        network.StealAnswers(Txn, int.MaxValue);
        Assert.Equal(DerCode.TxUncertain, (await store.CommitAsync(MetadataTransaction.Put(s_key, V("2")))).Code);
        network.StealAnswers(Txn, 0);
        MetadataEntry entry = await SingleAsync(patient);
        Assert.True(entry.Version == version + 1 || network.Sent == sent, $"written {entry.Version - version} times by {network.Sent - sent} requests");
        await PutAsync(patient, "3");
        Assert.Equal(entry.Version + 1, (await SingleAsync(patient)).Version);
    }

    [Fact]
    public async Task OtherCalls_AreRepeatedUntilTheyAreAnswered()
    {
        (IMetadataStore store, StolenAnswers network) = Open();
        await using IMetadataStore _ = store;
        network.StealAnswers("/v3/lease/grant", 1);
        MetadataLease lease = (await store.GrantAsync(60_000)).Value;
        await store.CommitAsync(MetadataTransaction.Put(s_key, V("1"), lease.Id));
        network.StealAnswers("/v3/kv/range", 2);
        MetadataEntry entry = await SingleAsync(store);
        Assert.Equal(lease.Id, entry.Lease);
        network.StealAnswers("/v3/lease/keepalive", 1);
        Assert.Equal(lease.Id, (await store.RenewAsync(lease.Id)).Value.Id);
        network.StealAnswers("/v3/lease/revoke", 1);
        Assert.Equal(DerCode.Success, await store.RevokeAsync(lease.Id));
        Assert.Equal(DerCode.Nonexist, (await store.RenewAsync(lease.Id)).Code);
        network.StealAnswers("/v3/kv/compaction", 1);
        Assert.Equal(DerCode.Success, await store.CompactAsync(entry.ModRevision));
    }

    private (IMetadataStore Store, StolenAnswers Network) Open(Func<EtcdOptions, EtcdOptions>? change = null)
    {
        EtcdServer.Require();
        StolenAnswers? network = null;
        EtcdOptions options = server.Options($"/lost/{Interlocked.Increment(ref s_stores)}/") with
        {
            TransactionsMax = 1,
            Wrap = inner => network = new StolenAnswers(inner),
        };
        IMetadataStore store = EtcdMetadataStore.Open(change?.Invoke(options) ?? options);
        return (store, network!);
    }

    private static byte[] V(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task<MetadataCommit> PutAsync(IMetadataStore store, string value)
    {
        DerResult<MetadataCommit> put = await store.CommitAsync(MetadataTransaction.Put(s_key, V(value)));
        Assert.Equal(DerCode.Success, put.Code);
        return put.Value;
    }

    private static async Task<MetadataEntry> SingleAsync(IMetadataStore store) =>
        Assert.Single((await store.ReadAsync(MetadataRange.All)).Value.Entries);
}
