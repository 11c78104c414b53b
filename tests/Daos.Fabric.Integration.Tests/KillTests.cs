using System.Diagnostics;
using System.Globalization;
using Daos.Fabric.Client.Memory;
using Daos.Fabric.Integration.Tests.Support;

namespace Daos.Fabric.Integration.Tests;

/// <summary>
/// S1: the real engine is killed at random moments while eight writers write through the SDK over a unix socket. Base seed by
/// DAOS_TEST_SEED; 30 kills at T0, 300 at T1.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Writers = 8;
    private const int KeysPerWriter = 24;
    private const int ValueBytesMax = 40_000;

    private static readonly TimeSpan s_recoveryMax = TimeSpan.FromSeconds(2);

    private readonly Ledger _ledger = new();
    private volatile bool _stop;

    [Fact]
    [Trait("Id", "S1")]
    public async Task Kill9_UnderWriteLoad_LosesNothingAcknowledgedAndShowsNothingHalf()
    {
        int kills = Environment.GetEnvironmentVariable("DAOS_TEST_TIER") == "T1" ? 300 : 30;
        ulong seed = ulong.TryParse(Environment.GetEnvironmentVariable("DAOS_TEST_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong given) ? given : 1;
        var random = new SeededRandom(seed);
        using var scratch = new Scratch();
        EngineProcess engine = await EngineProcess.StartReadyAsync(scratch.Arguments("--targets", "2"));
        TimeSpan slowest = TimeSpan.Zero;
        try
        {
            await using DaosSystem system = await DaosSystem.ConnectAsync(scratch.Address);
            DaosPool pool = await system.CreatePoolAsync("p");
            DaosContainer container = await pool.CreateContainerAsync("c");
            DaosKeyValue keys = container.OpenKeyValue("ledger");
            Task[] writers = [.. Enumerable.Range(0, Writers).Select(w => WriteAsync(keys, w, new SeededRandom(seed + 1000 + (ulong)w)))];
            for (int kill = 0; kill < kills; kill++)
            {
                await AcknowledgedAsync(_ledger.Acknowledged + 20 + random.Next(400), writers);
                engine.Kill();
                engine.Dispose();
                long started = Stopwatch.GetTimestamp();
                engine = await EngineProcess.StartReadyAsync(scratch.Arguments());
                TimeSpan recovery = Stopwatch.GetElapsedTime(started);
                slowest = recovery > slowest ? recovery : slowest;
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

        output.WriteLine($"S1: kills={kills} acked={_ledger.Acknowledged} lost={_ledger.Lost} half={_ledger.Half}");
        output.WriteLine($"slowest start after a kill: {slowest.TotalMilliseconds:0} ms (seed {seed})");
        Assert.True(_ledger.Lost == 0 && _ledger.Half == 0, $"seed {seed}: {string.Join("; ", _ledger.Findings)}");
        Assert.True(slowest < s_recoveryMax, $"recovery took {slowest.TotalMilliseconds:0} ms");
    }

    // A random moment, told by progress and not by the clock.
    private async Task AcknowledgedAsync(long count, Task[] writers)
    {
        Task first = await Task.WhenAny([_ledger.WhenAcknowledged(count), .. writers]).WaitAsync(TimeSpan.FromSeconds(60));
        await first;
    }

    private async Task WriteAsync(DaosKeyValue keys, int writer, SeededRandom random)
    {
        while (!_stop)
        {
            int key = random.Next(KeysPerWriter);
            long sequence = _ledger.Attempt(writer, key);
            byte[] value = new LedgerValue(writer, key, sequence).ToBytes(random, random.Chance(0.5) ? random.Next(300) : random.Next(ValueBytesMax));
            try
            {
                await keys.PutAsync(Name(writer, key), value);
                _ledger.Acknowledge(writer, key, sequence);
            }
            catch (DaosException exception) when (exception.Code == DerCode.Unreachable || exception.Code == DerCode.TimedOut)
            {
                // The outcome is unknown; the ledger allows both.
            }
        }
    }

    private async Task CheckAllAsync(DaosKeyValue keys)
    {
        foreach ((int writer, int key) in _ledger.Keys)
        {
            long floor = _ledger.FloorOf(writer, key);
            _ledger.Check(writer, key, floor, await ReadAsync(keys, Name(writer, key)));
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
