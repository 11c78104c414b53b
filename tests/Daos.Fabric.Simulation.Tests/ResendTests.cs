using Daos.Fabric.Client.Calls;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Simulation.Tests.Cluster;
using Daos.Fabric.Simulation.Tests.Path;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Simulation.Tests;

/// <summary>Replies dropped and messages doubled and overtaken at random between a real client and a real engine.</summary>
public sealed class ResendTests(ITestOutputHelper output)
{
    private const int Inserts = 150;

    private static readonly ObjectId s_object = ObjectNames.ToObjectId("inserts", ObjectType.KeyValueHashed);

    /// <summary>
    /// A second execution of an insert answers DER_EXIST; an answer that is not the first one's has a later epoch, below which the value is
    /// already there.
    /// </summary>
    [Fact]
    [Trait("Id", "RESEND")]
    public void Insert_RepliesDroppedAtRandom_AppliedOnceAndFirstAnswerReturned() =>
        new SeededRun("RESEND", "inserts", t0: 6, t1: 7_000, output.WriteLine).Run(RunSeed);

    private static void RunSeed(ulong seed, RunCounts counts)
    {
        using var path = new SimulatedPath(seed, new DaosClientOptions { AttemptTimeout = TimeSpan.FromMilliseconds(40), OperationTimeout = TimeSpan.FromSeconds(60) });
        path.Engine.Node.Faults.Arm(FaultPoint.RpcReplyDropped, 0.3);
        (path.Messages.DuplicateChance, path.Messages.ReorderChance) = (0.2, 0.2);
        var epochs = new Epoch[Inserts];
        var inserts = Enumerable.Range(0, Inserts).Select(i => path.Begin(async () => epochs[i] = await InsertAsync(path, i))).ToList();
        path.RunUntil(() => inserts.All(ult => ult.IsDone), "the inserts did not end");
        inserts.ForEach(ult => ult.Await());
        path.Engine.Node.Faults.Disarm(FaultPoint.RpcReplyDropped);
        path.Messages.Stop();

        for (int i = 0; i < Inserts; i++)
        {
            int key = i;
            path.Run(async () =>
            {
                Assert.Equal(DerCode.Success, await ReadAtAsync(path, key, epochs[key]));
                Assert.Equal(DerCode.Nonexist, await ReadAtAsync(path, key, new Epoch(epochs[key].Value - 1)));
            });
        }

        counts.Add("modifications", Inserts);
        counts.Add("resends", path.Context.Statistics.Resends);
        counts.Add("doubled", path.Messages.Duplicated);
        counts.Add("applied_twice", 0);
        Assert.True(path.Context.Statistics.Resends > Inserts / 10, $"{path.Context.Statistics.Resends} resends");
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<Epoch> InsertAsync(SimulatedPath path, int key)
    {
        byte[] dkey = BitConverter.GetBytes(key);
        ClientCall call = path.Context.TryRentCall()!;
        KeyPlace place = KeyPlace.Of(s_object, dkey, path.Container.TargetCount, "insert");
        KeyValueRequests.Put(call, path.Container.Handle, s_object, place, dkey, new byte[32], PutCondition.Insert, ContainerProperties.Default);
        DerCode code = await path.Context.RunAsync(call);
        Epoch epoch = call.Epoch;
        path.Context.ReturnCall(call);
        SimulatedPath.Check(code);
        return epoch;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> ReadAtAsync(SimulatedPath path, int key, Epoch epoch)
    {
        byte[] dkey = BitConverter.GetBytes(key);
        ClientCall call = path.Context.TryRentCall()!;
        KeyPlace place = KeyPlace.Of(s_object, dkey, path.Container.TargetCount, "read");
        KeyValueRequests.Get(call, path.Container.Handle, s_object, place, dkey);
        SetEpoch(call, epoch);
        DerCode code = await path.Context.RunAsync(call);
        path.Context.ReturnCall(call);
        return code;
    }

    private static unsafe void SetEpoch(ClientCall call, Epoch epoch) => ((ObjectHeadWire*)call.Buffer)->Epoch = epoch.Value;
}
