using Daos.Fabric.Integration.Tests.Support;

namespace Daos.Fabric.Integration.Tests;

/// <summary>The real engine with two targets on one device (here a file that is used whole), killed while writers write.</summary>
public sealed class SharedDeviceTests
{
    private const int Kills = 3;
    private const long DeviceBytes = 512L << 20;

    [Fact]
    public async Task Kill9_TwoTargetsOnOneDevice_LosesNothingAcknowledged()
    {
        var random = new SeededRandom(11);
        using var scratch = new Scratch();
        string device = Path.Combine(scratch.Root, "device");
        using (FileStream file = File.Create(device))
        {
            file.SetLength(DeviceBytes);
        }

        string config = Path.Combine(scratch.Root, "engine.yml");
        await File.WriteAllTextAsync(
            config,
            $"storage: \"{scratch.Storage}\"\nlisten: [ \"{scratch.Address}\" ]\ntargets: 2\nbdev_tiers: [ {{ bdev_list: [ \"{device}\" ] }} ]\n"
            + "pool_defaults: { arena_mib: 32, log_mib: 8, data_mib: 64 }\n",
            TestContext.Current.CancellationToken);
        EngineProcess engine = await EngineProcess.StartReadyAsync("--config", config);
        LedgerLoad? load = null;
        try
        {
            await using DaosSystem system = await DaosSystem.ConnectAsync(scratch.Address);
            DaosContainer container = await (await system.CreatePoolAsync("p")).CreateContainerAsync("c");
            load = new LedgerLoad(container.OpenKeyValue("ledger"), 11);
            load.Start();
            for (int kill = 0; kill < Kills; kill++)
            {
                await load.AcknowledgedAsync(20 + random.Next(200));
                engine.Kill();
                engine.Dispose();
                engine = await EngineProcess.StartReadyAsync("--config", config);
                await load.CheckAllAsync();
            }

            await load.EndAsync();
            await load.CheckAllAsync();
        }
        finally
        {
            load?.RequestEnd();
            engine.Dispose();
        }

        load.Judge();
        Assert.False(Directory.Exists(Path.Combine(scratch.Storage, "pools")));
    }
}
