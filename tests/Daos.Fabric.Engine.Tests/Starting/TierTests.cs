using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Engine.Tests.Starting;

/// <summary>Pools whose log, metadata and data lie on tiers of their own.</summary>
public sealed class TierTests
{
    private static readonly ObjectId s_object = ObjectId.Create(1, 2, ObjectType.MultiHashed);
    private static readonly StorageTier[] s_three = [new("/fast"), new("/middle/"), new("/large")];
    private static readonly StorageTier[] s_two = [new("/fast", DeviceRoles.Wal | DeviceRoles.Meta), new("/large", DeviceRoles.Data)];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Assign_WithoutNames_GoesByOrder(int count)
    {
        IReadOnlyList<StorageTier> tiers = TierRoles.Assign([.. s_three.Take(count)]);
        DeviceRoles[] expected = count switch
        {
            1 => [DeviceRoles.Wal | DeviceRoles.Meta | DeviceRoles.Data],
            2 => [DeviceRoles.Wal, DeviceRoles.Meta | DeviceRoles.Data],
            _ => [DeviceRoles.Wal, DeviceRoles.Meta, DeviceRoles.Data],
        };
        Assert.Equal(expected, tiers.Select(t => t.Roles));
    }

    [Theory]
    [InlineData(2, null)]
    [InlineData(3, null)]
    [InlineData(3, CrashKind.Process)]
    [InlineData(3, CrashKind.Power)]
    public void Pools_OnTiers_AreWhereTheyBelongAndComeBack(int count, CrashKind? kind)
    {
        using var stage = new Stage(change: o => o with { Tiers = count == 2 ? s_two : s_three });
        EngineCaller caller = stage.StartFresh();
        IReactorFiles files = stage.Engine.Node.Files;
        for (byte i = 0; i < 6; i++)
        {
            byte key = i;
            stage.Run(caller, async () => Assert.Equal(DerCode.Success, (await caller.PutAsync(s_object, [key], Value(key))).Code));
        }

        Assert.False(files.Exists("/data/engine/pools"));
        Assert.Equal(count == 2 ? ["log", "meta"] : ["log"], NamesOf(files, "/fast"));
        Assert.Equal(count == 2 ? [] : ["meta"], NamesOf(files, "/middle"));
        Assert.Equal(["data"], NamesOf(files, "/large"));

        stage.Restart(kind);
        caller = stage.Callers[^1];
        for (byte i = 0; i < 6; i++)
        {
            byte key = i;
            stage.Run(caller, async () => Assert.Equal(Value(key), (await caller.GetAsync(s_object, [key], roomBytes: 8192)).Value));
        }

        stage.Run(caller, async () => Assert.Equal(DerCode.Success, await caller.DestroyPoolAsync("p")));
        Assert.All((string[])["/fast", "/large"], tier => Assert.Empty(files.List(tier + "/pools").Value));
    }

    [Fact]
    public void Start_TierNotMounted_IsRefusedAndNothingIsMadeThere()
    {
        using var stage = new Stage(change: static o => o with { Tiers = s_two });
        stage.StartFresh();
        stage.Engine.Stop();
        IReactorFiles files = stage.Engine.Node.Files;
        Assert.Equal(DerCode.Success, files.Delete("/large"));
        Assert.Equal(DerCode.Success, files.CreateDirectory("/large"));
        CheckRefused(stage, stage.Options, DerCode.Nonexist, "is its file system mounted");
        Assert.Empty(files.List("/large").Value);
    }

    [Fact]
    public void Start_TiersExchangedOrLeftOut_IsRefused()
    {
        using var stage = new Stage(change: static o => o with { Tiers = s_two });
        stage.StartFresh();
        stage.Engine.Stop();
        StorageTier[] exchanged = [s_two[0] with { Path = "/large" }, s_two[1] with { Path = "/fast" }];
        CheckRefused(stage, stage.Options with { Tiers = exchanged }, DerCode.Mismatch, "give the tiers the roles that they were formatted with");
        CheckRefused(stage, stage.Options with { Tiers = [] }, DerCode.Mismatch, "was formatted with tiers");
        stage.Engine.Start();
    }

    [Fact]
    public void Start_TierThatIsNotOurs_IsRefused()
    {
        using var stage = new Stage(change: static o => o with { Tiers = s_two });
        IReactorFiles files = stage.Engine.Node.Files;
        Assert.Equal(DerCode.Success, files.CreateDirectory("/large/photos"));
        CheckRefused(stage, stage.Options, DerCode.DfInval, "is not empty and no tier");
        Assert.Equal(["photos"], files.List("/large").Value);

        stage.Engine.Node.Disk.AddDevice("/dev/nvme0", 1 << 20);
        CheckRefused(stage, stage.Options with { Path = "/data/b", Tiers = [new("/dev/nvme0")] }, DerCode.NotDirectory, "is no directory");
    }

    [Fact]
    public void Start_TierOfAnotherStorage_IsRefusedAlsoWhileThatOneRuns()
    {
        using var stage = new Stage(change: static o => o with { Tiers = s_two });
        stage.StartFresh();
        CheckRefused(stage, stage.Options with { Path = "/data/b", Listen = [] }, DerCode.DfInval, "is a tier of another storage");
        stage.Engine.Stop();
        CheckRefused(stage, stage.Options with { Path = "/data/c" }, DerCode.DfInval, "is a tier of another storage");
        stage.Engine.Start();
    }

    private static void CheckRefused(Stage stage, EngineOptions options, DerCode code, string word)
    {
        var engine = new SimulatedEngine(stage.Engine.Node, options, stage.World.Random.Fork());
        DaosException exception = Assert.Throws<DaosException>(engine.Start);
        Assert.Contains(word, exception.Message, StringComparison.Ordinal);
        Assert.Equal(code, exception.Code);
    }

    private static byte[] Value(byte key)
    {
        byte[] value = new byte[8192];
        Array.Fill(value, (byte)(key + 1));
        return value;
    }

    // Names of the files of the one pool's shards in a tier; none where there is no tier.
    private static string[] NamesOf(IReactorFiles files, string tier) => !files.Exists(tier)
        ? []
        : [.. files.List(tier + "/pools").Value
            .SelectMany(pool => files.List($"{tier}/pools/{pool}").Value.Select(target => $"{tier}/pools/{pool}/{target}"))
            .SelectMany(shard => files.List(shard).Value)
            .Distinct()];
}
