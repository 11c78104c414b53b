using Daos.Fabric.Engine.Tests.Support;

namespace Daos.Fabric.Engine.Tests.Starting;

/// <summary>A directory that is not ours, or formatted otherwise, is refused with one sentence and left as it is.</summary>
public sealed class StorageDirectoryTests
{
    [Fact]
    public void Start_DirectoryWithForeignFiles_IsRefused()
    {
        using var stage = new Stage();
        IReactorFiles files = stage.Engine.Node.Files;
        Assert.Equal(DerCode.Success, files.CreateDirectory("/data/engine/photos"));

        DaosException exception = Assert.Throws<DaosException>(stage.Engine.Start);

        Assert.Equal(DerCode.DfInval, exception.Code);
        Assert.Contains("not empty", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["photos"], files.List("/data/engine").Value);
    }

    [Fact]
    public void Start_AnotherEngineUsesIt_IsRefused()
    {
        using var stage = new Stage();
        stage.Engine.Start();
        var second = new SimulatedEngine(stage.Engine.Node, stage.Options with { Listen = [] }, stage.World.Random.Fork());

        DaosException exception = Assert.Throws<DaosException>(second.Start);

        Assert.Equal(DerCode.Busy, exception.Code);
        Assert.Contains("another engine", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_OtherNumberOfTargets_IsRefusedAndZeroTakesWhatThereIs()
    {
        using var stage = new Stage(targets: 3);
        stage.StartFresh();
        stage.Engine.Stop();
        var other = new SimulatedEngine(stage.Engine.Node, stage.Options with { Targets = 2 }, stage.World.Random.Fork());

        DaosException exception = Assert.Throws<DaosException>(other.Start);
        Assert.Contains("formatted for 3 targets", exception.Message, StringComparison.Ordinal);

        var any = new SimulatedEngine(stage.Engine.Node, stage.Options with { Targets = 0 }, stage.World.Random.Fork());
        Assert.Equal(3, any.Start().TargetCount);
        any.Stop();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Start_VolatileOverDurableOrTheOtherWay_IsRefused(bool first)
    {
        using var stage = new Stage(isVolatile: first);
        EngineCaller caller = stage.StartFresh();
        stage.Engine.Stop();
        var other = new SimulatedEngine(stage.Engine.Node, stage.Options with { Volatile = !first }, stage.World.Random.Fork());

        Assert.Equal(DerCode.Mismatch, Assert.Throws<DaosException>(other.Start).Code);

        stage.Engine.Start();
        stage.Run(caller, async () => Assert.Equal(first ? [] : ["p"], (await caller.ListAsync(containers: false)).Value));
    }

    [Fact]
    public void Start_SystemStoreDamaged_IsRefused()
    {
        using var stage = new Stage();
        stage.StartFresh();
        stage.Engine.Stop();
        IReactorFiles files = stage.Engine.Node.Files;
        string file = files.List("/data/engine/system").Value.Single(f => f == "meta");
        Assert.Equal(DerCode.Success, files.Delete($"/data/engine/system/{file}"));
        files.Close(files.Create($"/data/engine/system/{file}", 1 << 20, FileAccessMode.Buffered).Value);

        DaosException exception = Assert.Throws<DaosException>(stage.Engine.Start);

        Assert.True(exception.Code == DerCode.DfInval, exception.Message);
        Assert.NotEmpty(files.List("/data/engine/pools").Value);
    }

    [Fact]
    public void Start_DiskFull_IsRefused()
    {
        using var stage = new Stage();
        stage.Engine.Node.Disk.Options.CapacityBytes = 1 << 20;

        Assert.Equal(DerCode.NoSpace, Assert.Throws<DaosException>(stage.Engine.Start).Code);

        stage.Engine.Node.Disk.Options.CapacityBytes = long.MaxValue;
        stage.Engine.CloseFailed();
        stage.Engine.Start();
    }

    [Fact]
    public void Start_AddressInUse_IsRefusedAndTheNextStartRecovers()
    {
        using var stage = new Stage();
        stage.StartFresh();
        stage.Engine.Stop();
        OwnerLoop squatter = stage.Engine.Node.AddLoop("squatter");
        ListenerHandle listener = squatter.Reactor.Listen(stage.Options.Listen[0].ToSocketAddress().Value, 1).Value;

        DaosException exception = Assert.Throws<DaosException>(stage.Engine.Start);
        Assert.Contains("cannot be listened on", exception.Message, StringComparison.Ordinal);

        stage.Engine.CloseFailed();
        stage.World.On(squatter, () => squatter.Reactor.Close(listener.Descriptor));
        stage.Engine.Start();
    }
}
