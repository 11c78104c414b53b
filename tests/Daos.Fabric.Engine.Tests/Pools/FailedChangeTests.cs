using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Engine.Tests.Support;

namespace Daos.Fabric.Engine.Tests.Pools;

/// <summary>A change of pools and containers that fails half way leaves what was there, and a device that fails is spoken of.</summary>
public sealed class FailedChangeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Destroy_RecordCannotBeWritten_LeavesItListed(bool isContainer)
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        stage.Engine.Node.Disk.Inject(new MediaFault(MediaFaultKind.WriteError) { PathEnd = "/system/log" });
        stage.Run(caller, async () =>
        {
            DerCode code = isContainer ? await caller.DestroyContainerAsync("c") : await caller.DestroyPoolAsync("p");
            Assert.Equal(DerCode.Io, code);
            Assert.Equal(["p"], (await caller.ListAsync(containers: false)).Value);
            Assert.Equal(["c"], (await caller.ListAsync(containers: true)).Value);
        });
        stage.Engine.Node.Disk.ClearFaults();

        // The failed write may have reached the disk or not: after a restart it is there and usable, or gone as a whole.
        stage.Restart(CrashKind.Process);
        EngineCaller other = stage.NewCaller();
        stage.Run(other, async () =>
        {
            if ((await other.ListAsync(containers: false)).Value.Length == 0)
            {
                Assert.False(isContainer);
                Assert.Equal(DerCode.Success, await other.OpenFreshAsync());
                return;
            }

            Assert.Equal(DerCode.Success, await other.ConnectPoolAsync("p"));
            string[] left = (await other.ListAsync(containers: true)).Value;
            Assert.Equal(left.Length == 1 ? DerCode.Exists : DerCode.Success, await other.CreateContainerAsync("c"));
            Assert.Equal(DerCode.Success, await other.OpenContainerAsync("c"));
        });
    }

    [Theory]
    [InlineData("/system/log", "The store in /data/engine/system has stopped")]
    [InlineData("/target-0/log", "/target-0 has stopped")]
    public void Store_ThatStops_IsSpokenOf(string pathEnd, string expected)
    {
        using var stage = new Stage(targets: 1);
        EngineCaller caller = stage.StartFresh();
        stage.Engine.Node.Disk.Inject(new MediaFault(MediaFaultKind.WriteError) { PathEnd = pathEnd });
        stage.Run(caller, async () =>
        {
            DerCode code = pathEnd.StartsWith("/system", StringComparison.Ordinal)
                ? await caller.CreateContainerAsync("d")
                : (await caller.PutAsync(ObjectId.Create(1, 2, ObjectType.MultiHashed), [1], [1])).Code;
            Assert.Equal(DerCode.Io, code);
        });
        stage.Engine.Node.Disk.ClearFaults();

        Assert.Single(stage.Engine.Log, sentence => sentence.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Open_TargetThatDoesNotKnowThePool_TakesTheHandleBack()
    {
        using var stage = new Stage();
        EngineCaller caller = stage.StartFresh();
        EngineContext engine = stage.Engine.Server!.Context;
        int before = engine.Directory.HandleCount;
        EngineXstream target = engine.TargetXstream(1);
        PoolShard? shard = null;
        stage.World.On(target.Xstream, () => Assert.True(target.Shards.Remove(engine.Directory.Pools[0].Id, out shard)));
        stage.Run(caller, async () => Assert.Equal(DerCode.Nonexist, await caller.OpenContainerAsync("c")));
        Assert.Equal(before, engine.Directory.HandleCount);

        // The other target has forgotten it as well.
        Assert.Equal(1, engine.TargetXstream(0).Handles.Count);
        stage.World.On(target.Xstream, () => target.Shards.Add(shard!));
        stage.Run(caller, async () => Assert.Equal(DerCode.Success, await caller.OpenContainerAsync("c")));
        Assert.Equal(before + 1, engine.Directory.HandleCount);
    }

    [Fact]
    public void Create_MorePoolsThanTheDescriptorsCarry_IsRefusedAndSaysWhy()
    {
        using var stage = new Stage(targets: 1, descriptorsMax: 256);
        EngineCaller caller = stage.StartFresh();
        stage.Run(caller, async () =>
        {
            for (int i = 1; i < 10; i++)
            {
                Assert.Equal(DerCode.Success, await caller.CreatePoolAsync($"p{i}"));
            }

            Assert.Equal(DerCode.NoMemory, await caller.CreatePoolAsync("more"));
            Assert.Equal(DerCode.Success, await caller.DestroyPoolAsync("p1"));
            Assert.Equal(DerCode.Success, await caller.CreatePoolAsync("more"));
        });
        Assert.Single(stage.Engine.Log, s => s.Contains("the file descriptors that are allowed carry 10 pools; raise 'ulimit -n'", StringComparison.Ordinal));
    }
}
