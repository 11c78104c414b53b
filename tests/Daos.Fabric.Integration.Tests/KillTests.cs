using System.Diagnostics;
using Daos.Fabric.Integration.Tests.Support;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Integration.Tests;

/// <summary>
/// S1: the real engine is killed at random moments while eight writers write through the SDK over a unix socket. A unit is ten kills of one
/// store.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int KillsPerStore = 10;

    // The store's own share is a few milliseconds; the rest is a busy machine that starts a process.
    private static readonly TimeSpan s_recoveryMax = TimeSpan.FromSeconds(20);

    private TimeSpan _slowest;

    [Fact]
    [Trait("Id", "S1")]
    public async Task Kill9_UnderWriteLoad_LosesNothingAcknowledgedAndShowsNothingHalf()
    {
        var run = new SeededRun("S1", "kill", t0: 3, t1: 100, output.WriteLine);
        await run.RunAsync(async (seed, counts) =>
        {
            var store = new KilledStore(seed);
            await store.RunAsync();
            _slowest = store.Slowest > _slowest ? store.Slowest : _slowest;
            counts.Add("kills", KillsPerStore);
            counts.Add("acked", store.Ledger.Acknowledged);
            counts.Add("lost", store.Ledger.Lost);
            counts.Add("half", store.Ledger.Half);
        });
        output.WriteLine($"slowest start after a kill: {_slowest.TotalMilliseconds:0} ms");
    }

    /// <summary>One store, its writers and its ledger.</summary>
    private sealed class KilledStore(ulong seed)
    {
        internal Ledger Ledger { get; private set; } = null!;

        internal TimeSpan Slowest { get; private set; }

        internal async Task RunAsync()
        {
            var random = new SeededRandom(seed);
            using var scratch = new Scratch();
            EngineProcess engine = await EngineProcess.StartReadyAsync(scratch.Arguments("--targets", "2"));
            LedgerLoad? load = null;
            try
            {
                await using DaosSystem system = await DaosSystem.ConnectAsync(scratch.Address);
                DaosContainer container = await (await system.CreatePoolAsync("p")).CreateContainerAsync("c");
                load = new LedgerLoad(container.OpenKeyValue("ledger"), seed);
                Ledger = load.Ledger;
                load.Start();
                for (int kill = 0; kill < KillsPerStore; kill++)
                {
                    await load.AcknowledgedAsync(20 + random.Next(400));
                    engine.Kill();
                    engine.Dispose();
                    long started = Stopwatch.GetTimestamp();
                    engine = await EngineProcess.StartReadyAsync(scratch.Arguments());
                    TimeSpan recovery = Stopwatch.GetElapsedTime(started);
                    Slowest = recovery > Slowest ? recovery : Slowest;
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
            Assert.True(Slowest < s_recoveryMax, $"recovery took {Slowest.TotalMilliseconds:0} ms");
        }
    }
}
