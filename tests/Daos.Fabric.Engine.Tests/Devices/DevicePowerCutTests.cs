namespace Daos.Fabric.Engine.Tests.Devices;

/// <summary>The power goes at any moment of a change of state: the next start finds the state before or the one after, and all else whole.</summary>
public sealed class DevicePowerCutTests
{
    [Fact]
    public void SetFaulty_CutAtAnyMoment_IsNormalWithItsDataOrOut()
    {
        var seen = new HashSet<DeviceState>();
        EveryMoment(
            _ => { },
            static (stage, device) => stage.Stage.Engine.Server!.SetDeviceFaultyAsync(device),
            stage =>
            {
                DeviceState state = stage.List()[0].State;
                seen.Add(state);
                if (state == DeviceState.Out)
                {
                    Assert.Equal(DerCode.Success, stage.Replace(stage.List()[0].Id, keepsData: true).Code);
                }

                Assert.Equal(DeviceState.Normal, stage.List()[0].State);
                stage.CheckFull(0);
            });
        Assert.Equal([DeviceState.Normal, DeviceState.Out], seen.Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Replace_CutAtAnyMoment_IsOutOrNormal(bool keepsData)
    {
        var seen = new HashSet<DeviceState>();
        EveryMoment(
            static stage => Assert.Equal(DerCode.Success, stage.SetFaulty(stage.List()[0].Id)),
            (stage, device) => stage.Stage.Engine.Server!.ReplaceDeviceAsync(device, keepsData),
            stage =>
            {
                DeviceInfo device = stage.List()[0];
                seen.Add(device.State);
                if (device.State == DeviceState.Out)
                {
                    Assert.Equal(DerCode.NvmeIo, stage.Get(0, 0).Code);
                    Assert.Equal(DerCode.Success, stage.Replace(device.Id, keepsData).Code);
                }

                if (keepsData)
                {
                    stage.CheckFull(0);
                }
                else
                {
                    stage.CheckEmpty(0);
                }
            });
        Assert.Equal([DeviceState.Normal, DeviceState.Out], seen.Order());
    }

    // Twelve moments spread over the change, each from a stage of its own.
    private static void EveryMoment(Action<DeviceStage> prepare, Func<DeviceStage, Guid, Task> change, Action<DeviceStage> judge)
    {
        const int Moments = 12;
        long steps = CountSteps(prepare, change);
        for (int moment = 0; moment < Moments; moment++)
        {
            using var stage = new DeviceStage();
            stage.Fill();
            prepare(stage);
            Task task = change(stage, stage.List()[0].Id);
            stage.Stage.World.RunUntil(() => task.IsCompleted, 300_000_000_000, steps * moment / (Moments - 1));
            stage.Stage.Restart(CrashKind.Power);
            judge(stage);
            stage.CheckFull(1);
        }
    }

    private static long CountSteps(Action<DeviceStage> prepare, Func<DeviceStage, Guid, Task> change)
    {
        using var stage = new DeviceStage();
        stage.Fill();
        prepare(stage);
        Task task = change(stage, stage.List()[0].Id);
        long steps = 0;
        Assert.True(stage.Stage.World.RunUntil(() => task.IsCompleted || steps++ < 0, 300_000_000_000));
        return steps;
    }
}
