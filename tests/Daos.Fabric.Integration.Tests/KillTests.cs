using System.Diagnostics;
using System.Globalization;
using Daos.Fabric.Client.Memory;
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
    private const int Writers = 8;
    private const int KeysPerWriter = 24;
    private const int ValueBytesMax = 40_000;

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
        private volatile bool _stop;

        internal Ledger Ledger { get; } = new();

        internal TimeSpan Slowest { get; private set; }

        internal async Task RunAsync()
        {
            var random = new SeededRandom(seed);
            using var scratch = new Scratch();
            EngineProcess engine = await EngineProcess.StartReadyAsync(scratch.Arguments("--targets", "2"));
            try
            {
                await using DaosSystem system = await DaosSystem.ConnectAsync(scratch.Address);
                DaosPool pool = await system.CreatePoolAsync("p");
                DaosContainer container = await pool.CreateContainerAsync("c");
                DaosKeyValue keys = container.OpenKeyValue("ledger");
                Task[] writers = [.. Enumerable.Range(0, Writers).Select(w => WriteAsync(keys, w, new SeededRandom((seed * 1000) + (ulong)w)))];
                for (int kill = 0; kill < KillsPerStore; kill++)
                {
                    await AcknowledgedAsync(Ledger.Acknowledged + 20 + random.Next(400), writers);
                    engine.Kill();
                    engine.Dispose();
                    long started = Stopwatch.GetTimestamp();
                    engine = await EngineProcess.StartReadyAsync(scratch.Arguments());
                    TimeSpan recovery = Stopwatch.GetElapsedTime(started);
                    Slowest = recovery > Slowest ? recovery : Slowest;
                    await CheckAllAsync(keys);
                }

                _stop = true;
                await Task.WhenAll(writers);
                await CheckAllAsync(keys);
            }
            finally
            {
                _stop = true;
                engine.Dispose();
            }

            Assert.True(Ledger.Lost == 0 && Ledger.Half == 0, string.Join("; ", Ledger.Findings));
            Assert.True(Slowest < s_recoveryMax, $"recovery took {Slowest.TotalMilliseconds:0} ms");
        }

        // A random moment, told by progress and not by the clock.
        private async Task AcknowledgedAsync(long count, Task[] writers)
        {
            Task first = await Task.WhenAny([Ledger.WhenAcknowledged(count), .. writers]).WaitAsync(TimeSpan.FromSeconds(60));
            await first;
        }

        private async Task WriteAsync(DaosKeyValue keys, int writer, SeededRandom random)
        {
            while (!_stop)
            {
                int key = random.Next(KeysPerWriter);
                long sequence = Ledger.Attempt(writer, key);
                byte[] value = new LedgerValue(writer, key, sequence).ToBytes(random, random.Chance(0.5) ? random.Next(300) : random.Next(ValueBytesMax));
                try
                {
                    await keys.PutAsync(Name(writer, key), value);
                    Ledger.Acknowledge(writer, key, sequence);
                }
                catch (DaosException exception) when (exception.Code == DerCode.Unreachable || exception.Code == DerCode.TimedOut)
                {
                    // The outcome is unknown; the ledger allows both.
                }
            }
        }

        private async Task CheckAllAsync(DaosKeyValue keys)
        {
            foreach ((int writer, int key) in Ledger.Keys)
            {
                long floor = Ledger.FloorOf(writer, key);
                Ledger.Check(writer, key, floor, await ReadAsync(keys, Name(writer, key)));
            }
        }

        private static async Task<byte[]?> ReadAsync(DaosKeyValue keys, string name)
        {
            try
            {
                using DaosValue value = await keys.GetAsync(name);
                return value.Exists ? value.ToArray() : null;
            }
            catch (DaosException exception) when (exception.Code == DerCode.Nonexist)
            {
                return null;
            }
        }

        private static string Name(int writer, int key) => string.Create(CultureInfo.InvariantCulture, $"w{writer}k{key}");
    }
}
