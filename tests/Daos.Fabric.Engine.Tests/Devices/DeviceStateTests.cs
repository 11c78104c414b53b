namespace Daos.Fabric.Engine.Tests.Devices;

public sealed class DeviceStateTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(CrashKind.Power)]
    public void List_AcrossARestart_ShowsTheSameDevices(CrashKind? kind)
    {
        using var stage = new DeviceStage();
        DeviceInfo[] before = stage.List();
        Assert.Equal(2, before.Length);
        Assert.NotEqual(before[0].Id, before[1].Id);
        Assert.All(before, d => Assert.Equal((DeviceState.Normal, DeviceRoles.Data | DeviceRoles.Meta | DeviceRoles.Wal), (d.State, d.Roles)));
        Assert.Equal([0, 1], before.Select(d => d.Targets.Single()));
        stage.Fill();
        Assert.All(stage.List(), d => Assert.True(d is { Writes.Count: > 0, Flushes.Count: > 0 } && d.Errors == default));

        stage.Stage.Restart(kind);
        Assert.Equal(before.Select(d => d.Id), stage.List().Select(d => d.Id));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void SetFaulty_RefusesItsTargetOnly_AndStaysOutAcrossARestart(CrashKind? kind)
    {
        using var stage = new DeviceStage();
        stage.Fill();
        Guid device = stage.List()[0].Id;
        Assert.Equal(DerCode.Success, stage.SetFaulty(device));
        Check();
        Assert.Equal(DerCode.Success, stage.SetFaulty(device));
        Assert.Contains(stage.Log, s => s.Contains("FAULTY: an operator said so", StringComparison.Ordinal));

        stage.Stage.Restart(kind);
        Check();
        Assert.Contains(stage.Log, s => s.Contains("is OUT: the engine starts without it", StringComparison.Ordinal));

        void Check()
        {
            Assert.Equal([DeviceState.Out, DeviceState.Normal], stage.List().Select(d => d.State));
            Assert.Equal(DerCode.NvmeIo, stage.Put(0, 0));
            Assert.Equal(DerCode.NvmeIo, stage.Get(0, 0).Code);
            stage.CheckFull(1);
            Assert.Equal(DerCode.Success, stage.Put(1, 0));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(CrashKind.Power)]
    public void Replace_ByANewDevice_ComesUpEmptyAndSaysSo(CrashKind? kind)
    {
        using var stage = new DeviceStage();
        stage.Fill();
        Guid old = stage.List()[0].Id;
        Assert.Equal(DerCode.Busy, stage.Replace(old).Code);
        Assert.Equal(DerCode.Nonexist, stage.Replace(Guid.AllBitsSet).Code);
        Assert.Equal(DerCode.Nonexist, stage.SetFaulty(Guid.AllBitsSet));
        Assert.Equal(DerCode.Success, stage.SetFaulty(old));

        DerResult<Guid> fresh = stage.Replace(old);
        Assert.Equal(DerCode.Success, fresh.Code);
        Assert.NotEqual(old, fresh.Value);
        Assert.Contains(stage.Log, s => s.Contains("target 0 came up empty", StringComparison.Ordinal));
        Check();
        Assert.Equal(DerCode.Success, stage.Put(0, 7, mark: 9));

        stage.Stage.Restart(kind);
        Check();
        Assert.Equal(DeviceStage.Value(0, 7, 9), stage.Get(0, 7).Value);

        void Check()
        {
            DeviceInfo device = stage.List()[0];
            Assert.Equal((fresh.Value, old, DeviceState.Normal), (device.Id, device.Replaced, device.State));
            stage.CheckEmpty(0);
            stage.CheckFull(1);
        }
    }

    [Fact]
    public void Replace_ByItself_HasItsDataAgain()
    {
        using var stage = new DeviceStage();
        stage.Fill();
        Guid device = stage.List()[0].Id;
        Assert.Equal(DerCode.Success, stage.SetFaulty(device));
        stage.Stage.Restart(CrashKind.Power);
        Assert.Equal(device, stage.Replace(device, keepsData: true).Value);
        stage.CheckFull(0);
        stage.CheckFull(1);
        Assert.Equal(DerCode.Success, stage.Put(0, 5));
        Assert.Equal(DeviceState.Normal, stage.List()[0].State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhileOut_PoolsAndContainersComeAndGo_AndTheReplacedDeviceHasThem(bool keepsData)
    {
        using var stage = new DeviceStage();
        stage.Fill();
        EngineCaller caller = stage.Caller;
        Guid device = stage.List()[0].Id;
        stage.Stage.Run(caller, async () => Assert.Equal(DerCode.Success, await caller.CreateContainerAsync("gone")));
        Assert.Equal(DerCode.Success, stage.SetFaulty(device));
        EngineCaller second = stage.Stage.NewCaller();
        stage.Stage.Run(caller, async () =>
        {
            Assert.Equal(DerCode.Success, await caller.DestroyContainerAsync("gone"));
            Assert.Equal(DerCode.Success, await caller.CreateContainerAsync("new"));
            Assert.Equal(DerCode.Success, (await caller.QueryPoolAsync()).Code);
        });
        stage.Stage.Run(second, async () => Assert.Equal(DerCode.Success, await second.OpenFreshAsync("q")));

        Assert.Equal(DerCode.Success, stage.Replace(device, keepsData).Code);
        stage.Stage.Run(second, async () =>
        {
            for (int target = 0; target < 2; target++)
            {
                byte[] key = DeviceStage.Key(target, 0);
                Assert.Equal(DerCode.Success, (await second.PutAsync(DeviceStage.Oid, key, [5])).Code);
                Assert.Equal([5], (await second.GetAsync(DeviceStage.Oid, key)).Value);
            }
        });
        stage.Stage.Run(caller, async () =>
        {
            Assert.Equal(DerCode.Success, await caller.OpenContainerAsync("new"));
            Assert.Equal(DerCode.Success, (await caller.PutAsync(DeviceStage.Oid, DeviceStage.Key(0, 0), [6])).Code);
            Assert.Equal(DerCode.Success, await caller.DestroyPoolAsync("q"));
            Assert.Equal(DerCode.Success, await caller.CreateContainerAsync("gone"));
        });
        stage.Stage.Restart(CrashKind.Power);
        Assert.Equal(DeviceState.Normal, stage.List()[0].State);
    }

    [Fact]
    public void Replace_ThatFails_LeavesItOutAndSaysWhy()
    {
        using var stage = new DeviceStage();
        stage.Fill();
        Guid device = stage.List()[0].Id;
        Assert.Equal(DerCode.Success, stage.SetFaulty(device));
        stage.Disk.Inject(new MediaFault(MediaFaultKind.CallNoSpace) { PathEnd = "target-0/data", TimesMax = 1 });
        Assert.Equal(DerCode.NoSpace, stage.Replace(device).Code);
        DeviceInfo failed = stage.List()[0];
        Assert.Equal(DeviceState.Out, failed.State);
        Assert.Contains(stage.Log, s => s.Contains("cannot be set up: ", StringComparison.Ordinal) && s.Contains("OUT again", StringComparison.Ordinal));
        Assert.Equal(DerCode.NvmeIo, stage.Put(0, 0));

        Assert.Equal(DerCode.Success, stage.Replace(failed.Id).Code);
        stage.CheckEmpty(0);
        stage.CheckFull(1);
    }

    [Fact]
    public void Volatile_DeviceIsReplacedToo()
    {
        using var stage = new DeviceStage(isVolatile: true);
        stage.Fill();
        Guid device = stage.List()[1].Id;
        Assert.Equal(DerCode.Success, stage.SetFaulty(device));
        Assert.Equal(DerCode.NvmeIo, stage.Get(1, 0).Code);
        Assert.Equal(DerCode.Success, stage.Replace(device).Code);
        stage.CheckEmpty(1);
        stage.CheckFull(0);
    }
}
