using System.Text;
using Daos.Fabric.Metadata.Etcd;
using Daos.Fabric.TestKit.Faults;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>Members that are not there, that allow less than usual, and watches that were away while the world went on.</summary>
public sealed class EtcdWrongPathTests(EtcdServer server) : IClassFixture<EtcdServer>
{
    private static readonly MetadataKey s_key = new("a");
    private static int s_stores;

    [Fact]
    public async Task NobodyThere_IsUnreachableAfterTheDeadline()
    {
        var notices = new List<string>();
        await using IMetadataStore store = EtcdMetadataStore.Open(EtcdOptionsTests.Options($"http://127.0.0.1:{EtcdProcess.FreePort()}") with
        {
            DeadlineMs = 300,
            RequestTimeoutMs = 300,
            Notice = notices.Add,
        });
        Assert.Equal(DerCode.Unreachable, (await store.ReadAsync(MetadataRange.All)).Code);
        Assert.Equal(DerCode.Unreachable, (await store.CommitAsync(MetadataTransaction.Put(s_key, default))).Code);
        Assert.Equal(DerCode.Unreachable, (await store.GrantAsync(5_000)).Code);

        // Once, however often it was tried.
        Assert.Contains("fails: Connection refused", Assert.Single(notices));
    }

    [Fact]
    public async Task MembersWithSmallLimits_RefuseByTheCodeOfTheLimit()
    {
        EtcdServer.Require();
        await using EtcdServer small = await EtcdServer.StartAsync("http", "--max-request-bytes", "65536", "--max-txn-ops", "8");
        await using IMetadataStore store = EtcdMetadataStore.Open(small.Options());
        Assert.Equal(DerCode.Overflow, (await store.CommitAsync(MetadataTransaction.Put(s_key, new byte[100_000]))).Code);
        var largest = new MetadataTransaction { Then = [.. Enumerable.Range(0, 4).Select(i => MetadataOperation.Put(new MetadataKey($"{i}"), new byte[MetadataLimits.ValueBytesMax - 64]))] };
        Assert.Equal(DerCode.Overflow, (await store.CommitAsync(largest)).Code);
        var many = new MetadataTransaction { Then = [.. Enumerable.Range(0, 9).Select(i => MetadataOperation.Put(new MetadataKey($"{i}"), default))] };
        Assert.Equal(DerCode.Overflow, (await store.CommitAsync(many)).Code);
        Assert.Equal(DerCode.Success, (await store.CommitAsync(MetadataTransaction.Put(s_key, new byte[50_000]))).Code);
        Assert.Single((await store.ReadAsync(MetadataRange.All)).Value.Entries);
    }

    [Fact]
    public async Task MembersWithoutSpace_SaySoAndLetReadsAndDeletesPass()
    {
        EtcdServer.Require();
        await using EtcdServer full = await EtcdServer.StartAsync("http", "--quota-backend-bytes", $"{4 << 20}");

        // One transaction at a time, so that its marker is there before space runs out.
        await using IMetadataStore store = EtcdMetadataStore.Open(full.Options() with { TransactionsMax = 1 });
        DerCode code = default;
        for (int i = 0; i < 64 && code.IsSuccess; i++)
        {
            code = (await store.CommitAsync(MetadataTransaction.Put(new MetadataKey($"{i}"), new byte[200_000]))).Code;
        }

        Assert.Equal(DerCode.NoSpace, code);
        var otherwise = new MetadataTransaction { When = [MetadataCompare.Exists(s_key)], Else = [MetadataOperation.Put(s_key, default)] };
        Assert.Equal(DerCode.NoSpace, (await store.CommitAsync(otherwise)).Code);
        IReadOnlyList<MetadataEntry> entries = (await store.ReadAsync(MetadataRange.All with { KeysOnly = true })).Value.Entries;
        long last = 0;
        foreach (MetadataEntry entry in entries)
        {
            DerResult<MetadataCommit> gone = await store.CommitAsync(MetadataTransaction.Delete(entry.Key));
            Assert.Equal(DerCode.Success, gone.Code);
            last = gone.Value.Revision;
        }

        // What an administrator does then.
        Assert.Equal(DerCode.Success, await store.CompactAsync(last));
        using var admin = new EtcdAdmin(full.Endpoint);
        await admin.MakeRoomAsync();
        Assert.Equal(DerCode.Success, (await store.CommitAsync(otherwise)).Code);
    }

    [Fact]
    public Task Watch_ThatWasAwayWhileItsRevisionsWereCompacted_IsToldSo() => AwayAsync(async (watched, direct, goAway, comeBack) =>
    {
        await using IMetadataWatch watch = (await watched.WatchAsync(MetadataRange.All)).Value;
        await PutAsync(direct, "1");
        Assert.Equal(DerCode.Success, (await watch.NextAsync()).Code);
        goAway();
        await PutAsync(direct, "2");
        MetadataCommit last = await PutAsync(direct, "3");
        Assert.Equal(DerCode.Success, await direct.CompactAsync(last.Revision));
        comeBack();
        Assert.Equal(DerCode.EpochOld, (await watch.NextAsync()).Code);
        Assert.Equal(DerCode.EpochOld, (await watch.NextAsync()).Code);
    });

    [Fact]
    public Task Watch_ThatWasAway_CatchesUpWithLargeRevisionsWhole() => AwayAsync(async (watched, direct, goAway, comeBack) =>
    {
        const int Revisions = 9;
        const int Keys = 3;
        await using IMetadataWatch watch = (await watched.WatchAsync(MetadataRange.All)).Value;
        await PutAsync(direct, "1");
        Assert.Equal(DerCode.Success, (await watch.NextAsync()).Code);
        goAway();

        // Members send 2 MiB at a time, which ends in the middle of a revision: eight of these values.
        for (int i = 0; i < Revisions; i++)
        {
            DerResult<MetadataCommit> large = await direct.CommitAsync(new MetadataTransaction
            {
                Then = [.. Enumerable.Range(0, Keys).Select(k => MetadataOperation.Put(new MetadataKey($"large/{k}"), new byte[250_000]))],
            });
            Assert.True(large.IsSuccess);
        }

        comeBack();
        long last = 0;
        for (int i = 0; i < Revisions; i++)
        {
            DerResult<MetadataChanges> next = await watch.NextAsync();
            Assert.Equal(DerCode.Success, next.Code);
            Assert.True(next.Value.Revision > last);
            last = next.Value.Revision;
            Assert.Equal(["large/0", "large/1", "large/2"], next.Value.Changes.Select(c => c.Key.ToString()));
            Assert.All(next.Value.Changes, c => Assert.Equal((250_000, last), (c.Entry!.Value.Length, c.Entry.ModRevision)));
        }
    });

    // A store behind a proxy that can be unplugged, and one that is not.
    private async Task AwayAsync(Func<IMetadataStore, IMetadataStore, Action, Action, Task> test)
    {
        EtcdServer.Require();
        await using FaultProxy proxy = FaultProxy.Start(TransportUri.Parse($"tcp://127.0.0.1:{server.Endpoint.Port}"), FaultPlan.None, seed: 1);
        EtcdOptions options = server.Options($"/away/{Interlocked.Increment(ref s_stores)}/");
        await using IMetadataStore direct = EtcdMetadataStore.Open(options);
        await using IMetadataStore watched = EtcdMetadataStore.Open(options with { Endpoints = [new Uri($"http://{proxy.Address.Rest}")] });
        await test(
            watched,
            direct,
            () =>
            {
                proxy.Hold();
                proxy.ResetAll();
            },
            proxy.Release);
    }

    private static async Task<MetadataCommit> PutAsync(IMetadataStore store, string value)
    {
        DerResult<MetadataCommit> put = await store.CommitAsync(MetadataTransaction.Put(s_key, Encoding.UTF8.GetBytes(value)));
        Assert.Equal(DerCode.Success, put.Code);
        return put.Value;
    }
}
