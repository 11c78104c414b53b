using System.Globalization;
using Daos.Fabric.Client.Memory;

namespace Daos.Fabric.Integration.Tests.Support;

/// <summary>
/// Eight writers that write through the SDK while the engine may be killed at any moment, and the ledger of what was acknowledged to them.
/// Any thread.
/// </summary>
internal sealed class LedgerLoad(DaosKeyValue keys, ulong seed)
{
    private const int Writers = 8;
    private const int KeysPerWriter = 24;
    private const int ValueBytesMax = 40_000;

    private Task[] _writers = [];
    private volatile bool _stop;

    /// <summary>What they did.</summary>
    internal Ledger Ledger { get; } = new();

    internal void Start() => _writers = [.. Enumerable.Range(0, Writers).Select(w => WriteAsync(w, new SeededRandom((seed * 1000) + (ulong)w)))];

    /// <summary>A moment told by progress and not by the clock: when so many more writes were acknowledged.</summary>
    internal async Task AcknowledgedAsync(int more)
    {
        Task first = await Task.WhenAny([Ledger.WhenAcknowledged(Ledger.Acknowledged + more), .. _writers]).WaitAsync(TimeSpan.FromSeconds(60));
        await first;
    }

    /// <summary>Reads every key, while writers write.</summary>
    internal async Task CheckAllAsync()
    {
        foreach ((int writer, int key) in Ledger.Keys)
        {
            long floor = Ledger.FloorOf(writer, key);
            Ledger.Check(writer, key, floor, await ReadAsync(Name(writer, key)));
        }
    }

    /// <summary>Has the writers end after the write that each is at.</summary>
    internal void RequestEnd() => _stop = true;

    /// <summary>Ends the writers; what they met that they should not have is thrown.</summary>
    internal Task EndAsync()
    {
        RequestEnd();
        return Task.WhenAll(_writers);
    }

    /// <summary>Fails when anything that was acknowledged is gone, or anything is half there.</summary>
    internal void Judge() => Assert.True(Ledger.Lost == 0 && Ledger.Half == 0, string.Join("; ", Ledger.Findings));

    private async Task WriteAsync(int writer, SeededRandom random)
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

    private async Task<byte[]?> ReadAsync(string name)
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
