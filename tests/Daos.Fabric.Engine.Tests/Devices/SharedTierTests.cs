namespace Daos.Fabric.Engine.Tests.Devices;

/// <summary>Pools in blobs of devices that targets share: made, grown, destroyed, over crashes, with nothing left over.</summary>
public sealed class SharedTierTests
{
    internal static readonly StorageTier[] Tiers =
    [
        StorageTier.Of(["/dev/fast"], DeviceRoles.Wal | DeviceRoles.Meta), StorageTier.Of(["/dev/d0", "/dev/d1"], DeviceRoles.Data),
    ];

    [Theory]
    [InlineData(null)]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void Pools_OnSharedDevices_ComeBackAndLeaveNothing(CrashKind? kind)
    {
        using var stage = new DeviceStage(tiers: Tiers);
        long[] used = [.. stage.List().Select(d => d.TotalBytes - d.FreeBytes)];
        Assert.All(used, u => Assert.True(u > 0));
        stage.Fill();
        stage.Stage.Run(stage.Caller, async () => Assert.Equal(DerCode.Success, await stage.Caller.CreatePoolAsync("q")));
        Assert.Equal(used.Select(u => 2 * u), stage.List().Select(d => d.TotalBytes - d.FreeBytes));
        Assert.False(stage.Stage.Engine.Node.Files.Exists("/data/engine/pools"));
        stage.Stage.Restart(kind);
        stage.CheckFull(0);
        stage.CheckFull(1);
        stage.Stage.Run(stage.Caller, async () => Assert.Equal(DerCode.Success, await stage.Caller.DestroyPoolAsync("q")));
        Assert.Equal(used, stage.List().Select(d => d.TotalBytes - d.FreeBytes));
        stage.Stage.Run(stage.Caller, async () => Assert.Equal(DerCode.Success, await stage.Caller.DestroyPoolAsync("p")));
        Assert.All(stage.List(), d => Assert.Equal(d.TotalBytes, d.FreeBytes));
        stage.Stage.Restart(kind);
        Assert.All(stage.List(), d => Assert.Equal(d.TotalBytes, d.FreeBytes));
    }

    [Fact]
    public void List_OneEntryPerDeviceAndTier_SaysWhoUsesIt()
    {
        using var stage = new DeviceStage(tiers: Tiers);
        DeviceInfo[] devices = stage.List();
        Assert.Equal(["/dev/fast", "/dev/d0", "/dev/d1"], devices.Select(d => d.Path));
        Assert.Equal([0, 1, 1], devices.Select(d => d.Tier));
        Assert.Equal(["0,1", "0", "1"], devices.Select(d => string.Join(",", d.Targets)));
        Assert.Equal([DeviceRoles.Wal | DeviceRoles.Meta, DeviceRoles.Data, DeviceRoles.Data], devices.Select(d => d.Roles));
        stage.Stage.Restart(CrashKind.Power);
        Assert.Equal(devices.Select(d => d.Id), stage.List().Select(d => d.Id));
    }

    [Fact]
    public void Create_NoRoom_IsRefusedAndGivesBackWhatOtherDevicesMade()
    {
        using var stage = new DeviceStage(tiers: Tiers);
        int made = 0;
        DerCode code = DerCode.Success;
        while (code.IsSuccess)
        {
            long[] before = [.. stage.List().Select(d => d.FreeBytes)];
            stage.Stage.Run(stage.Caller, async () => code = await stage.Caller.CreatePoolAsync($"many{made}"));
            made += code.IsSuccess ? 1 : 0;
            Assert.Equal(code.IsError, before.SequenceEqual(stage.List().Select(d => d.FreeBytes)));
        }

        Assert.Equal(DerCode.NoSpace, code);
        Assert.True(made > 1);
        Assert.Contains(stage.Log, s => s.Contains("/dev/fast cannot be used so: it has", StringComparison.Ordinal));
        Assert.All(stage.List(), d => Assert.Equal(DeviceState.Normal, d.State));
    }

    [Theory]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void Resize_GrowsBlobsFirst_AndRefusesWhatTheDevicesCannot(CrashKind kind)
    {
        using var stage = new DeviceStage(tiers: Tiers);
        stage.Fill();
        long before = stage.List()[1].FreeBytes;
        DerCode code = default;
        stage.Stage.Run(stage.Caller, async () => code = await stage.Caller.ResizePoolAsync(1UL << 30, 0));
        Assert.Equal(DerCode.NoSpace, code);
        Assert.Equal(before, stage.List()[1].FreeBytes);
        stage.Stage.Run(stage.Caller, async () => code = await stage.Caller.ResizePoolAsync(24 << 20, 8 << 20));
        Assert.Equal(DerCode.Success, code);
        Assert.Equal(16 << 20, before - stage.List()[1].FreeBytes);
        stage.Stage.Restart(kind);
        stage.CheckFull(0);
        stage.CheckFull(1);
        for (int number = 0; number < 200; number++)
        {
            Assert.Equal(DerCode.Success, stage.Put(0, 4 + (number % 50)));
        }
    }

    [Theory]
    [InlineData("create")]
    [InlineData("destroy")]
    [InlineData("resize")]
    public void PowerCut_AtAnyMomentOfAChange_LeavesNoBlobThatNobodyHas(string change)
    {
        const int Moments = 10;
        long steps = Steps();
        for (int moment = 0; moment < Moments; moment++)
        {
            using DeviceStage stage = Prepare(change);
            Task task = Begin(stage, change);
            stage.Stage.World.RunUntil(() => task.IsCompleted, 300_000_000_000, steps * moment / (Moments - 1));
            stage.Stage.Restart(CrashKind.Power);
            SmdReport report = Query(stage);
            Assert.All(report.Pools, p => Assert.Equal([0, 0, 0, 1, 1, 1], p.Targets));
            CheckNothingLeft(stage);
            stage.CheckFull(0);
            stage.CheckFull(1);
            stage.Stage.Run(stage.Caller, async () =>
            {
                _ = await stage.Caller.DestroyPoolAsync("q");
                Assert.Equal(DerCode.Success, await stage.Caller.CreatePoolAsync("r"));
            });
            Assert.Equal(2, Query(stage).Pools.Count);
        }

        long Steps()
        {
            using DeviceStage stage = Prepare(change);
            Task task = Begin(stage, change);
            long count = 0;
            Assert.True(stage.Stage.World.RunUntil(() => task.IsCompleted || count++ < 0, 300_000_000_000));
            return count;
        }
    }

    internal static SmdReport Query(DeviceStage stage, SmdQuery? query = null) =>
        stage.Stage.Complete(stage.Stage.Engine.Server!.SmdQueryAsync(query ?? new SmdQuery())).Value;

    // As many pools have blobs as there are, all of one size or grown alike: destroying them all leaves empty devices.
    private static void CheckNothingLeft(DeviceStage stage)
    {
        long used = stage.List().Sum(d => d.TotalBytes - d.FreeBytes);
        Assert.Equal(0, used % (1 << 20));
        Assert.InRange(Query(stage).Pools.Count, 1, 2);
    }

    private static DeviceStage Prepare(string change)
    {
        var stage = new DeviceStage(tiers: Tiers);
        stage.Fill();
        if (change == "destroy")
        {
            stage.Stage.Run(stage.Caller, async () => Assert.Equal(DerCode.Success, await stage.Caller.CreatePoolAsync("q")));
        }

        return stage;
    }

    private static Task Begin(DeviceStage stage, string change) => stage.Stage.Begin(stage.Caller, async () => _ = change switch
    {
        "create" => await stage.Caller.CreatePoolAsync("q"),
        "destroy" => await stage.Caller.DestroyPoolAsync("q"),
        _ => await stage.Caller.ResizePoolAsync(24 << 20, 8 << 20),
    });
}
