namespace Daos.Fabric.Engine.Tests.Devices;

public sealed class AutoFaultyTests
{
    [Fact]
    public void Defaults_AreThoseOfDaos()
    {
        var options = new AutoFaultyOptions();
        Assert.Equal((true, 10u, uint.MaxValue), (options.Enable, options.MaxIoErrors, options.MaxChecksumErrors));
    }

    [Fact]
    public void ReadErrors_AboveTheLimit_SetTheDeviceFaulty_AndTheCountSurvives()
    {
        using var stage = new DeviceStage(autoFaulty: new AutoFaultyOptions { MaxIoErrors = 3 });
        stage.Fill();
        FailReads(stage, 2);
        Assert.Equal(2, stage.List()[0].Errors.ReadErrors);
        stage.Stage.Restart(null);
        Assert.Equal((DeviceState.Normal, 2L), (stage.List()[0].State, stage.List()[0].Errors.ReadErrors));

        FailReads(stage, 2);
        WaitUntilOut(stage);
        Assert.Equal(DerCode.NvmeIo, stage.Get(0, 0).Code);
        stage.CheckFull(1);
        Assert.Contains(stage.Log, s => s.Contains("its limit of errors was passed", StringComparison.Ordinal) && s.Contains("4 failed reads", StringComparison.Ordinal));

        Guid device = stage.List()[0].Id;
        Assert.Equal(device, stage.Replace(device, keepsData: true).Value);
        Assert.Equal(default, stage.List()[0].Errors);
        stage.CheckFull(0);

        // The next device is watched as the first one was.
        FailReads(stage, 4);
        WaitUntilOut(stage);
    }

    [Fact]
    public void ReadErrors_WhenDisabled_AreOnlyCounted()
    {
        using var stage = new DeviceStage(autoFaulty: new AutoFaultyOptions { Enable = false, MaxIoErrors = 0 });
        stage.Fill();
        FailReads(stage, 12);
        stage.Stage.World.RunFor(1_000_000_000);
        Assert.Equal((DeviceState.Normal, 12L), (stage.List()[0].State, stage.List()[0].Errors.ReadErrors));
        stage.CheckFull(0);
    }

    [Fact]
    public void ChecksumErrors_AboveTheLimit_SetTheDeviceFaulty()
    {
        using var stage = new DeviceStage(autoFaulty: new AutoFaultyOptions { MaxChecksumErrors = 1 });
        stage.Fill();
        stage.Disk.Inject(new MediaFault(MediaFaultKind.ReadFlipped) { PathEnd = "target-0/data" });
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(DerCode.Checksum, stage.Get(0, i).Code);
        }

        stage.Disk.ClearFaults();
        WaitUntilOut(stage);
        Assert.Equal(2, stage.List()[0].Errors.ChecksumErrors);
        stage.CheckFull(1);
    }

    [Fact]
    public void FlushError_WhenDisabled_StopsTheShard_IsCounted_AndIsNeverAcknowledged()
    {
        using var stage = new DeviceStage(autoFaulty: new AutoFaultyOptions { Enable = false });
        stage.Fill();
        stage.Disk.Inject(new MediaFault(MediaFaultKind.FlushError) { PathEnd = "target-0/data", TimesMax = 1 });
        Assert.Equal(DerCode.Io, stage.Put(0, 6));
        Assert.Equal(DerCode.Io, stage.Put(0, 7));
        DeviceInfo device = stage.List()[0];
        Assert.Equal((DeviceState.Normal, 1L, 1), (device.State, device.Errors.FlushErrors, device.StoppedShards));
        stage.CheckFull(1);
        stage.Stage.Restart(null);
        Assert.Equal((1L, 0), (stage.List()[0].Errors.FlushErrors, stage.List()[0].StoppedShards));
        stage.CheckFull(0);
    }

    // What a shard cannot do without is no matter of a limit: as in DAOS the device goes out of use with the first one.
    [Theory]
    [InlineData(MediaFaultKind.FlushError, "target-0/data")]
    [InlineData(MediaFaultKind.WriteError, "target-0/data")]
    [InlineData(MediaFaultKind.WriteError, "target-0/log")]
    public void FailedWriteOrFlushOfAShard_SetsItsDeviceFaultyAtOnce(MediaFaultKind kind, string path)
    {
        using var stage = new DeviceStage();
        stage.Fill();
        stage.Disk.Inject(new MediaFault(kind) { PathEnd = path, TimesMax = 1 });
        Assert.True(stage.Put(0, 6).IsError);
        WaitUntilOut(stage);
        Assert.Equal(1, stage.List()[0].Errors.IoErrors);
        Assert.Equal(DerCode.NvmeIo, stage.Put(0, 7));
        Assert.Contains(stage.Log, s => s.Contains("FAULTY: a write or flush failed that a shard cannot do without", StringComparison.Ordinal));
        stage.CheckFull(1);

        Guid device = stage.List()[0].Id;
        Assert.Equal(device, stage.Replace(device, keepsData: true).Value);
        stage.CheckFull(0);
        Assert.Equal(DeviceState.Normal, stage.List()[0].State);
    }

    // What finds no room is no device's fault, and the operator's own order is none either.
    [Fact]
    public void NoSpaceAndOrders_AreNoFaults()
    {
        using var stage = new DeviceStage();
        stage.Fill();
        stage.Disk.Inject(new MediaFault(MediaFaultKind.WriteNoSpace) { PathEnd = "target-0/data", TimesMax = 1 });
        Assert.Equal(DerCode.NoSpace, stage.Put(0, 6));
        Assert.Equal(DeviceState.Normal, stage.List()[0].State);
        stage.CheckFull(0);
        Assert.Equal(DerCode.Success, stage.SetFaulty(stage.List()[0].Id));
        Assert.DoesNotContain(stage.Log, s => s.Contains("cannot do without", StringComparison.Ordinal));
    }

    [Fact]
    public void Start_WithADeviceThatCannotBeRead_ServesTheOthers()
    {
        using var stage = new DeviceStage();
        stage.Fill();
        stage.Stage.Engine.Stop();
        stage.Disk.Inject(new MediaFault(MediaFaultKind.ReadError) { PathEnd = "target-0/meta" });
        stage.Stage.Engine.Start();
        WaitUntilOut(stage);
        stage.CheckFull(1);
        Assert.Equal(DerCode.NvmeIo, stage.Get(0, 0).Code);

        stage.Disk.ClearFaults();
        Assert.Equal(DerCode.Success, stage.Replace(stage.List()[0].Id, keepsData: true).Code);
        stage.CheckFull(0);
    }

    [Fact]
    public void Start_WithADeviceThatCannotBeRead_WhenDisabled_IsRefused()
    {
        using var stage = new DeviceStage(autoFaulty: new AutoFaultyOptions { Enable = false });
        stage.Stage.Engine.Stop();
        stage.Disk.Inject(new MediaFault(MediaFaultKind.ReadError) { PathEnd = "target-0/meta" });
        DaosException error = Assert.Throws<DaosException>(() => stage.Stage.Engine.Start());
        Assert.Contains("cannot be opened", error.Message, StringComparison.Ordinal);
        stage.Stage.Engine.CloseFailed();
        stage.Disk.ClearFaults();
        stage.Stage.Engine.Start();
    }

    private static void FailReads(DeviceStage stage, int times)
    {
        MediaFault fault = stage.Disk.Inject(new MediaFault(MediaFaultKind.ReadError) { PathEnd = "target-0/data", TimesMax = times });
        for (int i = 0; i < times; i++)
        {
            Assert.Equal(DerCode.Io, stage.Get(0, i % 4).Code);
        }

        Assert.Equal(times, fault.Hits);
        stage.Disk.ClearFaults();
    }

    private static void WaitUntilOut(DeviceStage stage)
    {
        for (int i = 0; i < 1000 && stage.List()[0].State != DeviceState.Out; i++)
        {
            stage.Stage.World.RunFor(1_000_000);
        }

        Assert.Equal(DeviceState.Out, stage.List()[0].State);
    }
}
