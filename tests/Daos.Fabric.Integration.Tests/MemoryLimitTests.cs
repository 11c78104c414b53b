using System.Globalization;
using Daos.Fabric.Integration.Tests.Support;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Integration.Tests;

/// <summary>
/// W6: the engine in a control group with bounded memory. What its pools and buffers take is bounded by its options, so more work than fits
/// is refused by a code and not by the system; and when the system does kill it for memory, that is a kill as in S1: nothing acknowledged is lost.
/// </summary>
public sealed class MemoryLimitTests(ITestOutputHelper output)
{
    private const int KillsPerStore = 3;
    private const int Fillers = 4;
    private const int FillerBytes = 3_000;
    private const long Cushion = 4 << 20;

    [Fact]
    [Trait("Id", "W6")]
    public async Task OutOfMemoryKill_UnderWriteLoad_LosesNothingAcknowledged()
    {
        MemoryGroup? group = MemoryGroup.TryMake(out string why);
        Assert.SkipWhen(group is null, why);
        using (group)
        {
            var run = new SeededRun("W6", "kill", t0: 1, t1: 20, output.WriteLine);
            await run.RunAsync(async (seed, counts) =>
            {
                Ledger ledger = await KillStoreAsync(group, seed);
                counts.Add("kills", KillsPerStore);
                counts.Add("acked", ledger.Acknowledged);
                counts.Add("lost", ledger.Lost);
                counts.Add("half", ledger.Half);
            });
        }
    }

    [Fact]
    [Trait("Id", "W6")]
    public async Task MoreThanTheMemoryHolds_IsRefusedByACode_AndTheEngineGoesOn()
    {
        const long Limit = 128 << 20;
        const int Clients = 32;
        const int ValueBytes = 1 << 20;
        MemoryGroup? group = MemoryGroup.TryMake(out string why);
        Assert.SkipWhen(group is null, why);
        using var scratch = new Scratch();
        string config = Path.Combine(scratch.Root, "engine.yml");
        await File.WriteAllTextAsync(
            config,
            $"storage: {scratch.Storage}\nlisten: ['{scratch.Address}']\npool_defaults: {{ arena_mib: 32, log_mib: 16, data_mib: 160 }}\n",
            TestContext.Current.CancellationToken);
        using (group)
        using (EngineProcess engine = EngineProcess.StartIn(group, "--config", config))
        {
            Assert.NotEqual("", await engine.WaitReadyAsync());
            Assert.True(group.TryLimit(Limit), $"the engine alone holds {group.AnonymousBytes} bytes");
            await using DaosSystem system = await DaosSystem.ConnectAsync(scratch.Address);
            DaosContainer container = await (await system.CreatePoolAsync("p")).CreateContainerAsync("c");
            DaosKeyValue keys = container.OpenKeyValue("kv");
            int[] written = await Task.WhenAll(Enumerable.Range(0, Clients).Select(c => FillAsync(keys, c, ValueBytes)));

            // The pool is full, everybody has heard so, and what was acknowledged is there.
            byte[] there = new byte[ValueBytes];
            for (int client = 0; client < Clients; client++)
            {
                for (int i = 0; i < written[client]; i++)
                {
                    Assert.Equal(ValueBytes, await keys.GetAsync(NameOf(client, i), there));
                    Assert.Equal(Value(client, i, ValueBytes), there);
                }
            }

            output.WriteLine($"W6: refused_clients={Clients} stored_mib={written.Sum()} limit_mib={Limit >> 20} anonymous_mib={group.AnonymousBytes >> 20}");
            Assert.True(written.Sum() > 80, $"only {written.Sum()} MiB fitted into 160");
            Assert.Equal(0, group.Killed);
            int exit = await engine.TerminateAsync();
            Assert.True(exit == 0, $"exit code {exit}: {engine.Errors}");
        }
    }

    private static async Task<Ledger> KillStoreAsync(MemoryGroup group, ulong seed)
    {
        using var scratch = new Scratch();
        var random = new SeededRandom(seed);
        EngineProcess engine = await StartAsync(group, scratch.Arguments("--targets", "1"));
        LedgerLoad? load = null;
        try
        {
            await using DaosSystem system = await DaosSystem.ConnectAsync(scratch.Address);
            DaosContainer container = await (await system.CreatePoolAsync("p")).CreateContainerAsync("c");
            DaosKeyValue filled = container.OpenKeyValue("filled");
            load = new LedgerLoad(container.OpenKeyValue("ledger"), seed);
            load.Start();
            for (int kill = 0; kill < KillsPerStore; kill++)
            {
                await load.AcknowledgedAsync(20 + random.Next(200));
                long before = group.Killed;
                Task[] fillers = await FillUntilKilledAsync(group, engine, filled, kill);
                Assert.Equal(before + 1, group.Killed);
                group.Unlimit();
                engine.Dispose();
                engine = await StartAsync(group, scratch.Arguments());
                await Task.WhenAll(fillers);
                await load.CheckAllAsync();
            }

            await load.EndAsync();
            await load.CheckAllAsync();
            Assert.Equal(0, await engine.TerminateAsync());
        }
        finally
        {
            load?.RequestEnd();
            group.Unlimit();
            engine.Dispose();
        }

        load.Judge();
        return load.Ledger;
    }

    // The bound comes down to what the engine holds and a little more, and new keys take that. Who fills waits for its last answer until the
    // engine is back.
    private static async Task<Task[]> FillUntilKilledAsync(MemoryGroup group, EngineProcess engine, DaosKeyValue filled, int kill)
    {
        const int SigKilled = 128 + 9;
        for (long cushion = Cushion; !group.TryLimit(group.AnonymousBytes + cushion); cushion += Cushion)
        {
        }

        Task<int> exit = engine.WaitExitAsync();
        Task[] fillers = [.. Enumerable.Range(0, Fillers).Select(FillAsync)];
        Assert.True(await exit == SigKilled, $"exit code {await exit}: {engine.Errors}");
        return fillers;

        async Task FillAsync(int filler)
        {
            var value = new byte[FillerBytes];
            for (int i = 0; !exit.IsCompleted; i++)
            {
                try
                {
                    await filled.PutAsync(string.Create(CultureInfo.InvariantCulture, $"{kill}-{filler}-{i}"), value);
                }
                catch (DaosException exception) when (exception.Code == DerCode.Unreachable || exception.Code == DerCode.TimedOut)
                {
                    // It was killed, most likely; the loop sees that.
                }
            }
        }
    }

    private static async Task<EngineProcess> StartAsync(MemoryGroup group, string[] arguments)
    {
        EngineProcess engine = EngineProcess.StartIn(group, arguments);
        Assert.True((await engine.WaitReadyAsync()).Length > 0, engine.Errors);
        return engine;
    }

    private static async Task<int> FillAsync(DaosKeyValue keys, int client, int valueBytes)
    {
        for (int i = 0; i < 1_000; i++)
        {
            try
            {
                await keys.PutAsync(NameOf(client, i), Value(client, i, valueBytes));
            }
            catch (DaosException exception)
            {
                Assert.Equal(DerCode.NoSpace, exception.Code);
                return i;
            }
        }

        throw new InvalidOperationException("the pool never fills up");
    }

    private static string NameOf(int client, int number) => string.Create(CultureInfo.InvariantCulture, $"{client}-{number}");

    private static byte[] Value(int client, int number, int bytes)
    {
        byte[] value = new byte[bytes];
        new SeededRandom(((ulong)client << 32) | (uint)number).Fill(value);
        return value;
    }
}
