using System.Globalization;
using Daos.Fabric.Metadata.Etcd;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>Counters on three members whose hosts are killed, cut off, wiped and replaced. A store outlives all of it.</summary>
public sealed class EtcdClusterTests(ITestOutputHelper output)
{
    private static readonly int[] s_all = [0, 1, 2];

    [Fact]
    [Trait("Id", "C18")]
    public Task LeaderAndFollowers_KilledAndCutOff_LoseAndDoubleNothing() => RunAsync(5, async (cluster, _, load) =>
    {
        foreach (bool isLeader in new[] { true, false })
        {
            int host = await PickAsync(cluster, isLeader);
            await cluster.KillAsync(host);
            await load.RaisedAsync(20);
            await cluster.StartAsync(host);
            host = await PickAsync(cluster, isLeader);
            await cluster.CutAsync(host);
            await load.RaisedAsync(20);
            await cluster.HealAsync(host);
            await cluster.LeaderAsync(s_all);
            await load.RaisedAsync(5);
        }

        return 4;
    });

    [Fact]
    [Trait("Id", "C18")]
    public Task Majority_KilledCutOffAndAllStartedAnew_AnswersNothingMeanwhileAndLosesNothing() => RunAsync(5, async (cluster, impatient, load) =>
    {
        int leader = await cluster.LeaderAsync(s_all);
        int[] lost = [leader, (leader + 1) % EtcdCluster.Members];
        await Task.WhenAll(lost.Select(cluster.KillAsync));
        await RefusesAsync(impatient);
        await cluster.StartAsync(lost);
        await load.RaisedAsync(20);
        await Task.WhenAll(lost.Select(cluster.CutAsync));
        await RefusesAsync(impatient);
        await Task.WhenAll(lost.Select(cluster.HealAsync));
        await load.RaisedAsync(20);
        await Task.WhenAll(s_all.Select(cluster.KillAsync));
        await cluster.StartAsync(s_all);
        await load.RaisedAsync(20);
        return 3;
    });

    [Fact]
    [Trait("Id", "C18")]
    public Task Member_WipedOrReplacedWhileCutOff_HasNoVoteUnderItsOldName() => RunAsync(5, async (cluster, _, load) =>
    {
        int leader = await cluster.LeaderAsync(s_all);
        int wiped = (leader + 1) % EtcdCluster.Members;
        int other = (leader + 2) % EtcdCluster.Members;
        await cluster.KillAsync(wiped);
        cluster.Wipe(wiped);
        Assert.Contains("has already been bootstrapped", await cluster.StartInVainAsync(wiped));
        await load.RaisedAsync(20);
        await cluster.ReplaceAsync(wiped, wiped, leader, other);
        leader = await cluster.LeaderAsync(s_all);
        await load.RaisedAsync(20);

        // The one that leads is cut off, removed by the others, and comes back.
        int[] rest = [.. s_all.Where(m => m != leader)];
        await cluster.CutAsync(leader);
        await cluster.ReplaceAsync(leader, EtcdCluster.Members, rest);
        await load.RaisedAsync(20);
        await cluster.HealAsync(leader);
        Assert.Contains("removed", await cluster.EndedAsync(leader));
        await cluster.LeaderAsync([.. rest, EtcdCluster.Members]);
        await load.RaisedAsync(20);
        return 2;
    });

    private async Task RunAsync(int roundsAtT1, Func<EtcdCluster, IMetadataStore, CounterLoad, Task<int>> round)
    {
        int faults = 0;
        int raised = 0;
        int uncertain = 0;
        int terms = 0;
        for (int i = 0; i < TestRun.Size(1, roundsAtT1); i++)
        {
            (EtcdCluster? made, string why) = await EtcdCluster.TryMakeAsync();
            Assert.SkipWhen(made is null, why);
            await using EtcdCluster cluster = made!;
            var options = new EtcdOptions { Endpoints = cluster.Endpoints, RequestTimeoutMs = 1_500, ConnectTimeoutMs = 500, DeadlineMs = 60_000 };
            await using IMetadataStore store = EtcdMetadataStore.Open(options);
            await using IMetadataStore impatient = EtcdMetadataStore.Open(options with { DeadlineMs = 1_500, RequestTimeoutMs = 500 });
            var load = new CounterLoad(store);
            load.Start();
            await load.RaisedAsync(5);
            faults += await round(cluster, impatient, load);
            await load.CheckAsync();
            cluster.Leaders.Check();
            raised += load.Answered;
            uncertain += load.Uncertain;
            terms += cluster.Leaders.Terms;
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"C18: faults={faults} raised={raised} uncertain={uncertain} terms={terms} lost=0 doubled=0 two_leaders=0"));
    }

    private static async Task<int> PickAsync(EtcdCluster cluster, bool isLeader)
    {
        int leader = await cluster.LeaderAsync(s_all);
        return isLeader ? leader : (leader + 1) % EtcdCluster.Members;
    }

    // Without a majority nothing is read and nothing is written, and the codes say so.
    private static async Task RefusesAsync(IMetadataStore store)
    {
        DerCode[] nobody = [DerCode.Unreachable, DerCode.TimedOut, DerCode.TxUncertain];
        Assert.Contains((await store.CommitAsync(MetadataTransaction.Put(new MetadataKey("minority"), default))).Code, nobody);
        Assert.Contains((await store.ReadAsync(MetadataRange.All)).Code, nobody[..2]);
    }
}
