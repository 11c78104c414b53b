using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.Protocol.Pools;

namespace Daos.Fabric.Engine.Tests.Pools;

public sealed class PoolAndContainerTests
{
    private static readonly ObjectId s_oid = ObjectId.Create(1, 2, ObjectType.MultiHashed);

    [Fact]
    public void Create_LabelOrIdTaken_IsRefused()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            var id = new Guid("11111111-2222-4333-8444-555555555555");
            Assert.Equal(DerCode.Exists, await caller.CreatePoolAsync("p"));
            Assert.Equal(DerCode.Success, await caller.CreatePoolAsync("q", id: id));
            Assert.Equal(DerCode.Exists, await caller.CreatePoolAsync("r", id: id));
            Assert.Equal(DerCode.Exists, await caller.CreateContainerAsync("c"));
            Assert.Equal(["p", "q"], (await caller.ListAsync(containers: false)).Value);
        });
    }

    [Fact]
    public void Create_Resent_IsDoneOnceAndAnsweredAlike()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            ModificationInfo pool = caller.NextModification();
            ModificationInfo container = caller.NextModification();
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(DerCode.Success, await caller.CreatePoolAsync("q", pool));
                Assert.Equal(DerCode.Success, await caller.CreateContainerAsync("d", container));
            }

            Assert.Equal(["p", "q"], (await caller.ListAsync(containers: false)).Value);
            Assert.Equal(["c", "d"], (await caller.ListAsync(containers: true)).Value);
            ModificationInfo destroy = caller.NextModification();
            Assert.Equal(DerCode.Success, await caller.DestroyContainerAsync("d", destroy));
            Assert.Equal(DerCode.Success, await caller.DestroyContainerAsync("d", destroy));
            Assert.Equal(DerCode.Nonexist, await caller.DestroyContainerAsync("d"));
        });
    }

    [Fact]
    public void Open_UnderTheSameHandleAgain_IsTheSameAndNotASecondOne()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        var handle = new Guid("11111111-2222-4333-8444-555555555555");
        var other = new Guid("22222222-2222-4333-8444-555555555555");
        int before = stage.Engine.Server!.Context.Directory.HandleCount;
        stage.Run(caller, async () =>
        {
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(DerCode.Success, await caller.ConnectPoolAsync("p", handle));
                Assert.Equal(DerCode.Success, await caller.OpenContainerAsync("c", other));
            }

            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, [1], [1])).Code);
            Assert.Equal(DerCode.Success, await caller.CreateContainerAsync("d"));
            Assert.Equal(DerCode.Exists, await caller.OpenContainerAsync("d", other));
            Assert.Equal(DerCode.Exists, await caller.OpenContainerAsync("c", handle));
        });
        Assert.Equal(before + 2, stage.Engine.Server!.Context.Directory.HandleCount);
    }

    [Fact]
    public void Destroy_Container_InvalidatesItsHandlesAndFreesItsName()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, [1], [1])).Code);
            Assert.Equal(DerCode.Success, await caller.DestroyContainerAsync("c"));
            Assert.Equal(DerCode.NoHandle, (await caller.GetAsync(s_oid, [1])).Code);
            Assert.Equal(DerCode.Nonexist, await caller.OpenContainerAsync("c"));
            Assert.Equal(DerCode.Success, await caller.CreateContainerAsync("c"));
            Assert.Equal(DerCode.Success, await caller.OpenContainerAsync("c"));
            Assert.Null((await caller.GetAsync(s_oid, [1])).Value);
        });
    }

    [Fact]
    public void Destroy_PoolUnderLoad_EndsRequestsFirstAndFreesItsFiles()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        var codes = new HashSet<DerCode>();
        List<Task> writers =
        [
            .. Enumerable.Range(0, 16).Select(w => stage.Begin(caller, async () =>
            {
                for (int i = 0; i < 50; i++)
                {
                    codes.Add((await caller.PutAsync(s_oid, BitConverter.GetBytes((w * 1000) + i), new byte[9000])).Code);
                }
            })),
        ];
        EngineCaller destroyer = stage.NewCaller();
        stage.World.RunFor(2_000_000);
        stage.Run(destroyer, async () => Assert.Equal(DerCode.Success, await destroyer.DestroyPoolAsync("p")));
        Assert.True(stage.World.RunUntil(() => writers.TrueForAll(t => t.IsCompleted)));
        writers.ForEach(t => t.GetAwaiter().GetResult());

        Assert.Subset(new HashSet<DerCode> { DerCode.Success, DerCode.NoHandle }, codes);
        Assert.Contains(DerCode.NoHandle, codes);
        Assert.Empty(stage.Engine.Node.Files.List("/data/engine/pools").Value);
        stage.Run(destroyer, async () => Assert.Empty((await destroyer.ListAsync(containers: false)).Value));
    }

    [Fact]
    public void Query_Pool_SumsTheTargets()
    {
        using var stage = new Stage(targets: 3);
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            var space = (await caller.QueryPoolAsync()).Value;
            Assert.Equal(3, space.Targets);
            foreach (TierSpace tier in (TierSpace[])[space.Meta, space.Data])
            {
                Assert.True(tier.ReservedBytes > 0 && tier.FreeBytes + tier.ReservedBytes <= tier.TotalBytes, $"{tier}");
                Assert.True(tier.FreeMinBytes <= tier.FreeMaxBytes && tier.FreeMaxBytes * 3 >= tier.FreeBytes && tier.FreeMinBytes * 3 <= tier.FreeBytes, $"{tier}");
            }

            Assert.True(space.Data.TotalBytes is > 3 * 31UL * 1024 * 1024 and <= 3 * 32UL * 1024 * 1024);
            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, [1], new byte[1 << 20])).Code);
            var after = (await caller.QueryPoolAsync()).Value;
            Assert.True(space.Data.FreeBytes - after.Data.FreeBytes >= 1 << 20);
        });
    }

    [Theory]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void Create_CutByACrashAtAnyMoment_LeavesAllOrNothing(CrashKind kind)
    {
        int created = 0;
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using var stage = new Stage(seed);
            EngineCaller caller = stage.StartFresh();
            ModificationInfo pool = caller.NextModification();
            ModificationInfo container = caller.NextModification();
            bool acknowledged = false;
            _ = stage.Begin(caller, async () =>
            {
                acknowledged = (await caller.CreateContainerAsync("d", container)).IsSuccess;
                await caller.CreatePoolAsync("q", pool);
            });
            stage.World.RunFor(stage.World.Random.Next(12_000_000L));
            bool wasAcknowledged = acknowledged;
            stage.Restart(kind);

            // The handles are durable, so the same client goes on; the resends bring both into being exactly once.
            stage.Run(caller, async () =>
            {
                string[] before = (await caller.ListAsync(containers: true)).Value;
                Assert.True(!wasAcknowledged || before.Contains("d"), $"seed {seed}: an acknowledged container is gone");
                created += before.Contains("d") ? 1 : 0;
                Assert.Equal(DerCode.Success, await caller.CreateContainerAsync("d", container));
                Assert.Equal(DerCode.Success, await caller.CreatePoolAsync("q", pool));
                Assert.Equal(["c", "d"], (await caller.ListAsync(containers: true)).Value);
                Assert.Equal(["p", "q"], (await caller.ListAsync(containers: false)).Value);
                Assert.Equal(DerCode.Success, await caller.OpenContainerAsync("d"));
                Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, [1], [1])).Code);
            });
        }

        Assert.True(created is > 0 and < 20, $"the crashes came always before or always after ({created} of 20)");
    }
}
