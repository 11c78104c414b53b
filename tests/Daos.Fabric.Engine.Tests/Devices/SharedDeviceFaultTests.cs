namespace Daos.Fabric.Engine.Tests.Devices;

/// <summary>A shared device that fails takes down exactly the targets that use it; what takes its place, and what is refused.</summary>
public sealed class SharedDeviceFaultTests
{
    private const int Fast = 0;
    private const int First = 1;
    private const int Second = 2;

    [Theory]
    [InlineData(First, Service.Down, Service.Up)]
    [InlineData(Second, Service.Up, Service.Down)]
    [InlineData(Fast, Service.Down, Service.Down)]
    public void SetFaulty_TakesDownExactlyItsTargets_AndComesBackWithItsData(int index, Service zero, Service one)
    {
        using var stage = new DeviceStage(tiers: SharedTierTests.Tiers);
        stage.Fill();
        Guid device = stage.List()[index].Id;
        Assert.Equal(device, Manage(stage, SmdOperation.SetFaulty, device).Value);
        Check();
        stage.Stage.Restart(CrashKind.Power);
        Check();
        Assert.Equal(DerCode.Success, Manage(stage, SmdOperation.Replace, device, device).Code);
        Assert.All(stage.List(), d => Assert.Equal(DeviceState.Normal, d.State));
        stage.CheckFull(0);
        stage.CheckFull(1);

        void Check()
        {
            Assert.Equal(DeviceState.Out, stage.List()[index].State);
            Assert.Equal(2, stage.List().Count(d => d.State == DeviceState.Normal));
            CheckTarget(0, zero);
            CheckTarget(1, one);
        }

        void CheckTarget(int target, Service expected)
        {
            if (expected == Service.Up)
            {
                stage.CheckFull(target);
            }
            else
            {
                Assert.Equal(DerCode.NvmeIo, stage.Get(target, 0).Code);
            }
        }
    }

    [Theory]
    [InlineData("d0", First)]
    [InlineData("fast", Fast)]
    public void FailedWrite_SetsItsDeviceFaultyAndNoOther(string path, int index)
    {
        using var stage = new DeviceStage(tiers: SharedTierTests.Tiers);
        stage.Fill();
        stage.Disk.Inject(new MediaFault(MediaFaultKind.WriteError) { PathEnd = path, TimesMax = 1, FromBytes = 1 << 20 });
        Assert.True(stage.Put(0, 6).IsError);
        WaitUntilOut(stage, index);
        Assert.Equal(1, stage.List().Count(d => d.State == DeviceState.Out));
        Assert.Equal(1, stage.List()[index].Errors.WriteErrors);
        Assert.Equal(DerCode.NvmeIo, stage.Put(0, 7));
        if (index == First)
        {
            stage.CheckFull(1);
        }
        else
        {
            Assert.Equal(DerCode.NvmeIo, stage.Get(1, 0).Code);
        }
    }

    [Fact]
    public void ErrorsOfSeveralTargets_CountTogether()
    {
        StorageTier[] tiers = [StorageTier.Of(["/dev/fast"], DeviceRoles.Wal | DeviceRoles.Meta), StorageTier.Of(["/dev/d0"], DeviceRoles.Data)];
        using var stage = new DeviceStage(tiers: tiers, autoFaulty: new AutoFaultyOptions { MaxIoErrors = 3 });
        stage.Fill();
        stage.Disk.Inject(new MediaFault(MediaFaultKind.ReadError) { PathEnd = "d0", TimesMax = 4 });
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(DeviceState.Normal, stage.List()[1].State);
            Assert.Equal(DerCode.Io, stage.Get(i % 2, i).Code);
        }

        WaitUntilOut(stage, 1);
        Assert.Equal(4, stage.List()[1].Errors.ReadErrors);
        Assert.Contains(stage.Log, s => s.Contains("its limit of errors was passed", StringComparison.Ordinal));
        Assert.Equal(DerCode.NvmeIo, stage.Get(0, 0).Code);
        Assert.Equal(DerCode.NvmeIo, stage.Get(1, 0).Code);
    }

    [Fact]
    public void TableThatCannotBeWritten_SetsTheDeviceFaulty()
    {
        using var stage = new DeviceStage(tiers: SharedTierTests.Tiers);
        stage.Fill();
        stage.Disk.Inject(new MediaFault(MediaFaultKind.WriteError) { PathEnd = "d1", TimesMax = 1, ToBytes = 1 << 20 });
        DerCode code = default;
        stage.Stage.Run(stage.Caller, async () => code = await stage.Caller.CreatePoolAsync("q"));
        Assert.Equal(DerCode.Io, code);
        WaitUntilOut(stage, Second);
        Assert.Contains(stage.Log, s => s.Contains("its table of blobs cannot be written", StringComparison.Ordinal));
        stage.CheckFull(0);
        Assert.Equal(DerCode.Success, Manage(stage, SmdOperation.Replace, stage.List()[Second].Id, stage.List()[Second].Id).Code);
        stage.CheckFull(1);
        Assert.Single(SharedTierTests.Query(stage).Pools);
    }

    [Theory]
    [InlineData(First)]
    [InlineData(Fast)]
    public void Replace_ByABlankDevice_ComesUpEmptyOnItsTargetsOnly(int index)
    {
        using var stage = new DeviceStage(tiers: SharedTierTests.Tiers);
        stage.Fill();
        DeviceInfo before = stage.List()[index];
        Assert.Equal(DerCode.Success, stage.SetFaulty(before.Id));
        Swap(stage, before.Path, "/dev/spare");
        Assert.Equal(DerCode.Nonexist, Manage(stage, SmdOperation.Replace, before.Id, Guid.NewGuid()).Code);
        DerResult<Guid> fresh = Manage(stage, SmdOperation.Replace, before.Id);
        Assert.Equal(DerCode.Success, fresh.Code);
        Check();
        Assert.Equal(DerCode.Success, stage.Put(0, 9));
        stage.Stage.Restart(CrashKind.Power);
        Check();
        Assert.Equal(DeviceStage.Value(0, 9), stage.Get(0, 9).Value);
        stage.Stage.Run(stage.Caller, async () => Assert.Equal(DerCode.Success, await stage.Caller.DestroyPoolAsync("p")));
        Assert.All(stage.List(), d => Assert.Equal(d.TotalBytes, d.FreeBytes));

        void Check()
        {
            DeviceInfo device = stage.List()[index];
            Assert.Equal((fresh.Value, before.Id, DeviceState.Normal), (device.Id, device.Replaced, device.State));
            stage.CheckEmpty(0);
            if (index == First)
            {
                stage.CheckFull(1);
            }
            else
            {
                stage.CheckEmpty(1);
            }
        }
    }

    [Fact]
    public void Replace_WhileAnotherDeviceOfTheTargetIsOut_ServesWithTheLastOne_AndNothingOldComesBack()
    {
        using var stage = new DeviceStage(tiers: SharedTierTests.Tiers);
        stage.Fill();
        DeviceInfo[] devices = stage.List();
        Assert.Equal(DerCode.Success, stage.SetFaulty(devices[First].Id));
        Assert.Equal(DerCode.Success, stage.SetFaulty(devices[Fast].Id));
        Swap(stage, "/dev/d0", "/dev/spare");
        Assert.Equal(DerCode.Success, Manage(stage, SmdOperation.Replace, devices[First].Id).Code);
        Assert.Equal(DeviceState.Normal, stage.List()[First].State);
        Assert.Equal(DerCode.NvmeIo, stage.Get(0, 0).Code);
        stage.Stage.Restart(CrashKind.Power);
        Assert.Equal(DerCode.Success, Manage(stage, SmdOperation.Replace, devices[Fast].Id, devices[Fast].Id).Code);
        stage.CheckEmpty(0);
        stage.CheckFull(1);
    }

    [Fact]
    public void WhileOut_PoolsComeAndGo_AndTheDeviceIsBroughtIntoLine()
    {
        using var stage = new DeviceStage(tiers: SharedTierTests.Tiers);
        stage.Fill();
        stage.Stage.Run(stage.Caller, async () => Assert.Equal(DerCode.Success, await stage.Caller.CreatePoolAsync("gone")));
        Guid device = stage.List()[First].Id;
        Assert.Equal(DerCode.Success, stage.SetFaulty(device));
        stage.Stage.Run(stage.Caller, async () =>
        {
            Assert.Equal(DerCode.Success, await stage.Caller.DestroyPoolAsync("gone"));
            Assert.Equal(DerCode.Success, await stage.Caller.CreatePoolAsync("new"));
            Assert.Equal(DerCode.Success, await stage.Caller.ResizePoolAsync(16 << 20, 0));
        });
        Assert.Equal(device, Manage(stage, SmdOperation.Replace, device, device).Value);
        stage.CheckFull(0);
        stage.CheckFull(1);
        DeviceInfo[] devices = stage.List();
        Assert.Equal(devices[First].FreeBytes, devices[Second].FreeBytes);
        Assert.All(SharedTierTests.Query(stage).Pools, p => Assert.Equal([0, 0, 0, 1, 1, 1], p.Targets));
        Assert.Contains(stage.Log, s => s.Contains("belong to no pool any more; they are free again", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Replace_CutAtAnyMoment_IsOutOrNormal(bool keepsData)
    {
        const int Moments = 8;
        long steps = 0;
        for (int moment = -1; moment < Moments; moment++)
        {
            using var stage = new DeviceStage(tiers: SharedTierTests.Tiers);
            stage.Fill();
            Guid device = stage.List()[First].Id;
            Assert.Equal(DerCode.Success, stage.SetFaulty(device));
            stage.Stage.Run(stage.Caller, async () => Assert.Equal(DerCode.Success, await stage.Caller.CreatePoolAsync("new")));
            Task task = stage.Stage.Engine.Server!.SmdManageAsync(
                new SmdManage { Operation = SmdOperation.Replace, Device = device, NewDevice = keepsData ? device : Guid.Empty });
            if (moment < 0)
            {
                Assert.True(stage.Stage.World.RunUntil(() => task.IsCompleted || steps++ < 0, 300_000_000_000));
                continue;
            }

            stage.Stage.World.RunUntil(() => task.IsCompleted, 300_000_000_000, steps * moment / (Moments - 1));
            stage.Stage.Restart(CrashKind.Power);
            DeviceInfo found = stage.List()[First];
            if (found.State == DeviceState.Out)
            {
                DerResult<Guid> again = Manage(stage, SmdOperation.Replace, found.Id, keepsData ? found.Id : Guid.Empty);
                Assert.True(again.IsSuccess, stage.Log[^1]);
            }

            Assert.Equal(DeviceState.Normal, stage.List()[First].State);
            if (keepsData)
            {
                stage.CheckFull(0);
            }
            else
            {
                stage.CheckEmpty(0);
            }

            stage.CheckFull(1);
            SmdReport report = SharedTierTests.Query(stage);
            Assert.Equal(2, report.Pools.Count);
            Assert.All(report.Pools, p => Assert.Equal([0, 0, 0, 1, 1, 1], p.Targets));
        }
    }

    [Fact]
    public void Start_DeviceMissing_ServesTheOthers_UnlessAnOperatorDecides()
    {
        using var stage = new DeviceStage(tiers: SharedTierTests.Tiers);
        stage.Fill();
        stage.Stage.Engine.Stop();
        Swap(stage, "/dev/d0", "/dev/spare");
        stage.Stage.Engine.Start();
        Assert.Equal(DeviceState.Out, stage.List()[First].State);
        Assert.Contains(stage.Log, s => s.Contains("at none of its tier's paths: /dev/d0 is not formatted", StringComparison.Ordinal));
        Assert.Equal(DerCode.NvmeIo, stage.Get(0, 0).Code);
        stage.CheckFull(1);
        stage.Stage.Engine.Stop();
        stage.Disk.Exchange("/dev/d0", "/dev/spare");
        stage.Stage.Engine.Start();
        Guid device = stage.List()[First].Id;
        Assert.Equal(device, Manage(stage, SmdOperation.Replace, device, device).Value);
        stage.CheckFull(0);
    }

    [Fact]
    public void Start_PathsExchanged_FindsEachByItsIdentity()
    {
        using var stage = new DeviceStage(tiers: SharedTierTests.Tiers);
        stage.Fill();
        Guid[] before = [.. stage.List().Select(d => d.Id)];
        stage.Stage.Engine.Stop();
        stage.Disk.Exchange("/dev/d0", "/dev/d1");
        stage.Stage.Engine.Start();
        Assert.Equal(before, stage.List().Select(d => d.Id));
        Assert.Equal(["/dev/fast", "/dev/d1", "/dev/d0"], stage.List().Select(d => d.Path));
        stage.CheckFull(0);
        stage.CheckFull(1);
    }

    [Fact]
    public void Query_OneDevice_ShowsItAndItsPools()
    {
        using var stage = new DeviceStage(tiers: SharedTierTests.Tiers);
        SmdReport all = SharedTierTests.Query(stage);
        Assert.Equal(3, all.Devices.Count);
        SmdPool pool = Assert.Single(all.Pools);
        Assert.Equal(6, pool.Blobs.Distinct().Count());
        Guid device = all.Devices[First].Id;
        SmdReport one = SharedTierTests.Query(stage, new SmdQuery { Device = device });
        Assert.Equal(device, Assert.Single(one.Devices).Id);
        Assert.Equal(DeviceRoles.Data, Assert.Single(Assert.Single(one.Pools).Roles));
        Assert.Empty(SharedTierTests.Query(stage, new SmdQuery { OmitDevices = true }).Devices);
        Assert.Empty(SharedTierTests.Query(stage, new SmdQuery { OmitPools = true }).Pools);
        Assert.Equal(DerCode.Nonexist, stage.Stage.Complete(stage.Stage.Engine.Server!.SmdQueryAsync(new SmdQuery { Device = Guid.NewGuid() })).Code);
        Assert.Equal(DerCode.Nonexist, Manage(stage, SmdOperation.SetFaulty, Guid.NewGuid()).Code);
        Assert.Equal(DerCode.Busy, Manage(stage, SmdOperation.Replace, device).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void DirectoryTier_IsOneDeviceOfAllTargets(bool keepsData)
    {
        StorageTier[] tiers = [new("/fast", DeviceRoles.Wal | DeviceRoles.Meta), new("/large", DeviceRoles.Data)];
        using var stage = new DeviceStage(tiers: tiers);
        stage.Fill();
        Assert.Equal(["/fast", "/large"], stage.List().Select(d => d.Path));
        Assert.All(stage.List(), d => Assert.Equal([0, 1], d.Targets));
        stage.Disk.Inject(new MediaFault(MediaFaultKind.WriteError) { PathEnd = "target-1/data", TimesMax = 1 });
        Assert.True(stage.Put(1, 6).IsError);
        WaitUntilOut(stage, 1);
        Assert.Equal(DeviceState.Normal, stage.List()[0].State);
        Assert.Equal(DerCode.NvmeIo, stage.Get(0, 0).Code);
        Assert.Equal(DerCode.NvmeIo, stage.Get(1, 0).Code);
        stage.Stage.Restart(CrashKind.Power);
        Guid device = stage.List()[1].Id;
        Assert.Equal(DerCode.Nonexist, Manage(stage, SmdOperation.Replace, device, Guid.NewGuid()).Code);
        Assert.Equal(DerCode.Success, Manage(stage, SmdOperation.Replace, device, keepsData ? device : Guid.Empty).Code);
        for (int target = 0; target < 2; target++)
        {
            if (keepsData)
            {
                stage.CheckFull(target);
            }
            else
            {
                stage.CheckEmpty(target);
            }
        }
    }

    private static DerResult<Guid> Manage(DeviceStage stage, SmdOperation operation, Guid device, Guid next = default) => stage.Stage.Complete(
        stage.Stage.Engine.Server!.SmdManageAsync(new SmdManage { Operation = operation, Device = device, NewDevice = next }));

    private static void Swap(DeviceStage stage, string path, string spare)
    {
        stage.Disk.AddDevice(spare, DeviceStage.SharedDeviceBytes);
        stage.Disk.Exchange(path, spare);
    }

    private static void WaitUntilOut(DeviceStage stage, int index)
    {
        for (int i = 0; i < 1000 && stage.List()[index].State != DeviceState.Out; i++)
        {
            stage.Stage.World.RunFor(1_000_000);
        }

        Assert.Equal(DeviceState.Out, stage.List()[index].State);
    }

    /// <summary>Whether a target serves.</summary>
    public enum Service
    {
        /// <summary>It does.</summary>
        Up,

        /// <summary>It does not.</summary>
        Down,
    }
}
