using Daos.Fabric.Engine.Tests.Support;

namespace Daos.Fabric.Engine.Tests.Starting;

public sealed class ParallelRecoveryTests
{
    private static readonly ObjectId s_oid = ObjectId.Create(1, 2, ObjectType.MultiHashed);

    [Fact]
    public void Start_WithManyPools_RecoversSeveralAtOnce_AndAllOfThem()
    {
        const int Pools = 9;
        using var stage = new Stage(targets: 2);
        SimulatedDiskOptions disk = stage.Engine.Node.Disk.Options;
        disk.SlowChance = 0;
        disk.LatencyMinNs = disk.LatencyMaxNs = 100_000;
        disk.FlushMinNs = disk.FlushMaxNs = 300_000;
        stage.Engine.Start();
        var callers = new List<EngineCaller>();
        long empty = RestartNs(stage);
        long one = 0;
        for (int i = 0; i < Pools; i++)
        {
            EngineCaller caller = stage.NewCaller();
            string pool = $"p{i}";
            callers.Add(caller);
            stage.Run(caller, async () =>
            {
                Assert.Equal(DerCode.Success, await caller.OpenFreshAsync(pool));
                for (byte key = 0; key < 40; key++)
                {
                    Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, [key], new byte[(key * 300) + 1])).Code);
                }
            });
            one = i == 0 ? RestartNs(stage) : one;
        }

        long all = RestartNs(stage);
        Assert.True(one > empty);
        Assert.True(all - empty < 5 * (one - empty), $"one pool takes {one - empty} ns to recover, {Pools} take {all - empty}");
        foreach (EngineCaller caller in callers)
        {
            stage.Run(caller, async () =>
            {
                for (byte key = 0; key < 40; key++)
                {
                    Assert.Equal((key * 300) + 1, (await caller.GetAsync(s_oid, [key], roomBytes: 16_384)).Value!.Length);
                }
            });
        }
    }

    [Fact]
    public void Start_WithOneDamagedPoolOfMany_NamesIt()
    {
        using var stage = new Stage(targets: 1);
        stage.Engine.Start();
        for (int i = 0; i < 6; i++)
        {
            EngineCaller caller = stage.NewCaller();
            string pool = $"p{i}";
            stage.Run(caller, async () => Assert.Equal(DerCode.Success, await caller.CreatePoolAsync(pool, id: new Guid(i + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))));
        }

        stage.Engine.Stop();
        string meta = $"/data/engine/pools/{new Guid(4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)}/target-0/meta";
        Assert.True(stage.Engine.Node.Disk.Damage(MediaDamage.Zeroed, meta, 0, 4096));
        Assert.True(stage.Engine.Node.Disk.Damage(MediaDamage.Zeroed, meta, 65536, 4096));
        DaosException error = Assert.Throws<DaosException>(() => stage.Engine.Start());
        Assert.Contains("p3", error.Message, StringComparison.Ordinal);
        stage.Engine.CloseFailed();
        stage.Engine.Node.Disk.HealDamage();
        stage.Engine.Start();
    }

    private static long RestartNs(Stage stage)
    {
        stage.Engine.Crash(CrashKind.Process);
        long start = stage.World.NowNs;
        stage.Engine.Start();
        return stage.World.NowNs - start;
    }
}
