using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Hardware;

namespace Daos.Fabric.Mgmt.Tests.Configuration;

/// <summary>Generated files: what they make of a machine.</summary>
public sealed class ConfigGeneratorTests
{
    private static readonly ConfigWish s_wish = new() { Replicas = ["a", "b", "c"] };

    private static readonly Machine s_machine = new()
    {
        Cores = 33,
        NumaNodes = 2,
        Interfaces =
        [
            Interface("lo", "loopback", -1),
            Interface("eth0", "ethernet", 0),
            Interface("ib0", "infiniband", 0),
            Interface("ib1", "infiniband", 1),
            Interface("ib2", "infiniband", 1) with { IsUp = false },
        ],
        Devices =
        [
            new BlockDevice { Path = "/dev/sda", SizeBytes = 1L << 40, Uses = ["mounted at /"] },
            new BlockDevice { Path = "/dev/nvme0n1", SizeBytes = 1L << 40, Model = "Fast 'one'" },
            new BlockDevice { Path = "/dev/nvme1n1", SizeBytes = 1L << 40 },
            new BlockDevice { Path = "/dev/nvme2n1", SizeBytes = 1L << 40, Signature = "xfs file system" },
        ],
    };

    [Fact]
    public void TwoNodes_GiveTwoEngines_WithFreeDevicesOnly()
    {
        ServerConfig config = Read(s_wish, s_machine);
        Assert.Equal(["ib0", "ib1"], config.Engines.Select(static e => e.Interface));
        Assert.Equal([0, 1], config.Engines.Select(static e => e.NumaNode));
        Assert.All(config.Engines, static e => Assert.Equal(16, e.Targets));
        Assert.Equal(["/dev/nvme0n1", "/dev/nvme1n1"], config.Engines.Select(static e => Assert.Single(e.Tiers).Device));
        Assert.Equal(["a", "b", "c"], config.Replicas);
        Assert.False(config.AllowsInsecure);
    }

    [Fact]
    public void Wishes_AreFollowed()
    {
        ServerConfig config = Read(s_wish with { Engines = 1, Targets = 3, UsesDevices = false, NetClass = "loopback", IsInsecure = true, UsesRam = true, MetadataPath = "/meta", Port = 5000 }, s_machine);
        EngineConfig engine = Assert.Single(config.Engines);
        Assert.Equal(("lo", 3, 5000, TierClass.Ram), (engine.Interface, engine.Targets, engine.Port, engine.Scm.Class));
        Assert.Empty(engine.Tiers);
        Assert.True(config.AllowsInsecure);
        Assert.Equal("/meta", config.MetadataPath);
        Assert.Empty(Read(s_wish with { Provider = "unix" }, s_machine).Engines[0].Interface);
    }

    [Theory]
    [InlineData("infiniband", "tcp", 0, 0, "no interface of class infiniband is up, has an address and the provider tcp; 'daos_server network scan' shows what there is")]
    [InlineData("loopback", "tcp", 17, 0, "--num-engines takes 1 to 16, not 17")]
    [InlineData("loopback", "tcp", 0, 200, "--targets takes 1 to 126, not 200")]
    public void Wish_ThatCannotBe_IsToldInOneSentence(string netClass, string provider, int engines, int targets, string expected)
    {
        var machine = s_machine with { Interfaces = [s_machine.Interfaces[0]] };
        Assert.Null(ConfigGenerator.Generate(s_wish with { NetClass = netClass, Provider = provider, Engines = engines, Targets = targets }, machine, out string? problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void Wish_ThatContradictsItself_IsToldByTheRules()
    {
        Assert.Null(ConfigGenerator.Generate(s_wish with { Replicas = ["a", "b"] }, s_machine, out string? problem));
        Assert.StartsWith("what was asked for does not fit together: 'mgmt_svc_replicas' names 2 hosts", problem, StringComparison.Ordinal);
        Assert.Null(ConfigGenerator.Generate(s_wish with { UsesRam = true }, s_machine, out problem));
        Assert.Contains("add control_metadata", problem, StringComparison.Ordinal);
    }

    private static ServerConfig Read(ConfigWish wish, Machine machine)
    {
        string? text = ConfigGenerator.Generate(wish, machine, out string? problem);
        Assert.Null(problem);
        return ConfigFile.Parse("f", text!).Config!;
    }

    private static NetworkInterface Interface(string name, string netClass, int node) =>
        new() { Name = name, Class = netClass, IsUp = true, NumaNode = node, Addresses = ["10.0.0.1"], Providers = ["tcp"] };
}
