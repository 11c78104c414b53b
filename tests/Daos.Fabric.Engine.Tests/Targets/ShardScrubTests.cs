using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Store;
using Daos.Fabric.Store.Scrubbing;
using Daos.Fabric.TestKit.Faults;

namespace Daos.Fabric.Engine.Tests.Targets;

/// <summary>Scrubbing as an operator sees it: options reach every shard, what is found is in the log, a target is said to be faulty once.</summary>
public sealed class ShardScrubTests
{
    private const int Keys = 12;

    private static readonly ObjectId s_oid = ObjectId.Create(1, 2, ObjectType.MultiHashed);

    [Theory]
    [InlineData(ScrubMode.Timed)]
    [InlineData(ScrubMode.Lazy)]
    public void DamageAtRest_IsFoundLoggedAndAtTheThresholdTheTargetIsFaulty(ScrubMode mode)
    {
        using var stage = new Stage(
            isVolatile: true, scrub: new ScrubOptions { Mode = mode, FrequencySeconds = 20, Threshold = 2 }, autoFaulty: new AutoFaultyOptions { Enable = false });
        EngineCaller caller = stage.StartFresh();
        Fill(stage, caller);
        int[] damaged = [Damage(stage, 0, 3), Damage(stage, 1, 1)];
        Assert.Equal([3, 1], damaged);
        Assert.True(stage.World.RunUntil(() => Shards(stage).All(s => s.ScrubStatistics.Passes >= 3), 200_000_000_000));

        Assert.Equal([3L, 1L], Shards(stage).Select(s => s.ScrubStatistics.Corrupted));
        Assert.Equal(4, stage.Engine.Log.Count(s => s.StartsWith("checksum: value of object", StringComparison.Ordinal)));
        Assert.Single(stage.Engine.Log, s => s.Contains("scrub: target 0 is faulty for pool", StringComparison.Ordinal) && s.Contains("2 corrupted", StringComparison.Ordinal));
        Assert.DoesNotContain(stage.Engine.Log, s => s.Contains("target 1 is faulty", StringComparison.Ordinal));
        Assert.Equal(2, stage.Engine.Log.Count(s => s.StartsWith("scrub: pass ", StringComparison.Ordinal)));
        stage.Run(caller, async () =>
        {
            int refused = 0;
            for (int i = 0; i < Keys; i++)
            {
                refused += (await caller.GetAsync(s_oid, Key(i), roomBytes: 500)).Code == DerCode.Checksum ? 1 : 0;
            }

            Assert.Equal(4, refused);
        });
    }

    [Fact]
    public void Threshold_Reached_TakesTheDeviceOutOfUse()
    {
        using var stage = new Stage(scrub: new ScrubOptions { Mode = ScrubMode.Timed, FrequencySeconds = 20, Threshold = 2 });
        EngineCaller caller = stage.StartFresh();
        Fill(stage, caller);
        Assert.Equal([2, 1], (int[])[Damage(stage, 0, 2), Damage(stage, 1, 1)]);
        DeviceInfo[] devices = [];
        Assert.True(
            stage.World.RunUntil(() => stage.Engine.Log.Exists(static s => s.Contains("of target 0 is OUT", StringComparison.Ordinal)), 200_000_000_000),
            string.Join('\n', stage.Engine.Log));
        devices = stage.Complete(stage.Engine.Server!.ListDevicesAsync()).Value;
        Assert.Equal([DeviceState.Out, DeviceState.Normal], devices.Select(static d => d.State));
        Assert.Single(stage.Engine.Log, s => s.Contains("scrub: target 0 is faulty for pool", StringComparison.Ordinal) && s.Contains("taken out of use", StringComparison.Ordinal));
        stage.Run(caller, async () =>
        {
            var codes = new List<DerCode>();
            for (int i = 0; i < Keys; i++)
            {
                codes.Add((await caller.GetAsync(s_oid, Key(i), roomBytes: 500)).Code);
            }

            Assert.Contains(DerCode.NvmeIo, codes);
            Assert.Contains(DerCode.Success, codes);
        });

        // A new device in its place serves, scrubbed from zero.
        Assert.True(stage.Complete(stage.Engine.Server.ReplaceDeviceAsync(devices[0].Id)).IsSuccess);
        stage.World.RunFor(50_000_000_000);
        Assert.Equal(DeviceState.Normal, stage.Complete(stage.Engine.Server.ListDevicesAsync()).Value[0].State);
        Fill(stage, caller);
    }

    [Fact]
    public void Container_ThatOptedOut_IsPassedOverAlsoAfterARestart()
    {
        using var stage = new Stage(scrub: new ScrubOptions { Mode = ScrubMode.Timed, FrequencySeconds = 20, Threshold = 1 });
        stage.Engine.Start();
        EngineCaller caller = stage.NewCaller();
        var properties = ContainerProperties.Default with { IsScrubbed = false };
        stage.Run(caller, async () =>
        {
            Assert.Equal(DerCode.Success, await caller.CreatePoolAsync("p"));
            Assert.Equal(DerCode.Success, await caller.ConnectPoolAsync("p"));
            Assert.Equal(DerCode.Success, await caller.CreateContainerAsync("c", properties: properties));
            Assert.Equal(DerCode.Success, await caller.OpenContainerAsync("c"));
            Assert.Equal(properties, caller.Properties);
        });
        Fill(stage, caller);
        stage.Restart(CrashKind.Process);
        Assert.Equal(2, Damage(stage, 0, 2));
        Assert.True(stage.World.RunUntil(() => Shards(stage).All(static s => s.ScrubStatistics.Passes >= 2), 200_000_000_000));
        Assert.All(Shards(stage), static s => Assert.Equal((0, 0), (s.ScrubStatistics.Values, s.ScrubStatistics.Corrupted)));

        // One that is scrubbed lies beside it.
        EngineCaller other = stage.NewCaller();
        stage.Run(other, async () =>
        {
            Assert.Equal(DerCode.Success, await other.ConnectPoolAsync("p"));
            Assert.Equal(DerCode.Success, await other.OpenContainerAsync("c"));
            Assert.Equal(properties, other.Properties);
            Assert.Equal(DerCode.Success, await other.CreateContainerAsync("d"));
            Assert.Equal(DerCode.Success, await other.OpenContainerAsync("d"));
        });
        Fill(stage, other);
        long passes = Shards(stage).Max(static s => s.ScrubStatistics.Passes);
        Assert.True(stage.World.RunUntil(() => Shards(stage).All(s => s.ScrubStatistics.Passes >= passes + 2), 200_000_000_000));
        Assert.All(Shards(stage), static s => Assert.True(s.ScrubStatistics is { Values: > 0, Corrupted: 0 }));
    }

    [Fact]
    public void Off_IsTheDefault()
    {
        using var stage = new Stage(isVolatile: true);
        stage.StartFresh();
        stage.World.RunFor(30_000_000_000);
        Assert.All(Shards(stage), s => Assert.Equal(default, s.ScrubStatistics));
    }

    private static void Fill(Stage stage, EngineCaller caller) => stage.Run(caller, async () =>
    {
        for (int i = 0; i < Keys; i++)
        {
            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, Key(i), new byte[500])).Code);
        }
    });

    private static byte[] Key(int number) => Encoding.UTF8.GetBytes($"key-{number}");

    private static StoreShard[] Shards(Stage stage) =>
        [.. Enumerable.Range(0, stage.Engine.Server!.TargetCount).Select(t => stage.Engine.Server.Context.TargetXstream(t).Shards.InOrder()[0].Store)];

    // Some of the keys that this target holds.
    private static int Damage(Stage stage, int target, int count)
    {
        StoreShard shard = Shards(stage)[target];
        int damaged = 0;
        stage.World.On(stage.Engine.Server!.GetLoop(target), () =>
        {
            for (int i = 0; i < Keys && damaged < count; i++)
            {
                try
                {
                    ValueTask flip = new StoredValue(shard, shard.ListContainers()[0], s_oid, Key(i), "a"u8.ToArray()).FlipByteAsync(100);
                    Assert.True(flip.IsCompletedSuccessfully);
                    damaged++;
                }
                catch (InvalidOperationException)
                {
                    // The other target has it.
                }
            }
        });
        return damaged;
    }
}
