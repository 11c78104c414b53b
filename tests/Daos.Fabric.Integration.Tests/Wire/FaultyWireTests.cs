using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using Daos.Fabric.Client.KeyValues;
using Daos.Fabric.Client.Objects;
using Daos.Fabric.Client.Sessions;
using Daos.Fabric.Integration.Tests.Support;
using Daos.Fabric.TestKit.Faults;
using Daos.Fabric.TestKit.Runs;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Integration.Tests.Wire;

/// <summary>
/// C6: clients of a real engine behind proxies that do each kind of harm to their streams. What was acknowledged is there byte for byte, no
/// insert is carried out twice, and the engine goes on. A unit is every kind at once for five seconds.
/// </summary>
public sealed class FaultyWireTests(ITestOutputHelper output)
{
    private const int WorkersPerKind = 4;
    private const int SecondsPerUnit = 5;

    private static readonly ObjectId s_object = ObjectNames.ToObjectId("inserts", ObjectType.KeyValueHashed);

    private static readonly (string Name, FaultPlan Plan)[] s_kinds =
    [
        ("delay", new FaultPlan { Delay = TimeSpan.FromMilliseconds(3) }),
        ("jitter", new FaultPlan { Jitter = TimeSpan.FromMilliseconds(8) }),
        ("rate", new FaultPlan { BytesPerSecond = 4_000_000 }),
        ("drop", Every(StreamFault.Drop)),
        ("duplicate", Every(StreamFault.Duplicate)),
        ("reorder", Every(StreamFault.Reorder)),
        ("truncate", Every(StreamFault.Truncate)),
        ("reset", Every(StreamFault.Reset)),
        ("flip", Every(StreamFault.Flip)),
        ("halfclose", Every(StreamFault.HalfClose)),
    ];

    [Fact]
    [Trait("Id", "C6")]
    public async Task HarmedStreams_LoseNothingAcknowledged_ApplyNothingTwice()
    {
        var run = new SeededRun("C6", "streams", t0: 1, t1: 24, output.WriteLine);
        await run.RunAsync(RunUnitAsync);
    }

    private static FaultPlan Every(StreamFault fault) => new() { Faults = [fault], GapBytesMin = 5_000, GapBytesMax = 400_000 };

    private static async Task RunUnitAsync(ulong seed, RunCounts counts)
    {
        using var scratch = new Scratch();
        using EngineProcess engine = await EngineProcess.StartReadyAsync(
            "--storage", scratch.Storage, "--listen", "tcp://127.0.0.1:0", "--targets", "1");
        TransportUri system = await engine.AddressAsync();
        var options = new DaosClientOptions { AttemptTimeout = TimeSpan.FromSeconds(2), OperationTimeout = TimeSpan.FromSeconds(20) };
        await using ProxiedClient direct = await ProxiedClient.ConnectAsync(system, null, creates: true, seed, options);
        TransportUri target = await direct.FindTargetAsync(system);
        var ledger = new ConcurrentDictionary<long, bool>();
        Task<long>[] kinds = [.. s_kinds.Select((kind, i) => RunKindAsync(kind.Plan, i, seed, system, target, options, ledger))];
        long[] faults = await Task.WhenAll(kinds);
        for (int i = 0; i < s_kinds.Length; i++)
        {
            Assert.True(faults[i] > 0, $"no {s_kinds[i].Name} happened");
            counts.Add(s_kinds[i].Name, faults[i]);
        }

        counts.Add("acked", ledger.Count(e => e.Value));
        counts.Add("unknown", ledger.Count(e => !e.Value));
        counts.Add("lost", await CheckAsync(direct, ledger));
        counts.Add("twice", 0);
        Assert.Equal(0, counts["lost"]);
        Assert.False(engine.HasExited);
    }

    // Returns how often the harm was done: faults in the streams, or connections that were slowed.
    private static async Task<long> RunKindAsync(
        FaultPlan plan, int kind, ulong seed, TransportUri system, TransportUri target, DaosClientOptions options, ConcurrentDictionary<long, bool> ledger)
    {
        await using FaultProxy toSystem = FaultProxy.Start(system, FaultPlan.None, seed);
        await using FaultProxy toTarget = FaultProxy.Start(target, plan, seed + (ulong)kind);
        await using ProxiedClient client = await ProxiedClient.ConnectAsync(toSystem.Address, toTarget.Address, creates: false, (seed * 100) + (ulong)kind, options);
        long endAt = Stopwatch.GetTimestamp() + (SecondsPerUnit * Stopwatch.Frequency);
        await Task.WhenAll(Enumerable.Range(0, WorkersPerKind).Select(worker =>
            client.RunAsync(() => WorkAsync(client.Container, ((long)kind << 48) | ((long)worker << 32), endAt, ledger))));
        return plan.Faults.Count == 0 ? toTarget.Connections : plan.Faults.Sum(toTarget.CountOf);
    }

    private static async ValueTask<bool> WorkAsync(ContainerSession container, long first, long endAt, ConcurrentDictionary<long, bool> ledger)
    {
        KeyValueSession values = container.OpenKeyValue(s_object);
        byte[] buffer = new byte[64 * 1024];
        for (long key = first; Stopwatch.GetTimestamp() < endAt; key++)
        {
            byte[] value = ValueOf(key);
            DerCode code = await values.PutAsync(BitConverter.GetBytes(key), value, PutCondition.Insert);
            Assert.True(code != DerCode.Exists, $"insert {key:x} was carried out twice");
            Assert.True(code.IsSuccess || IsUnknown(code), $"insert {key:x} ended with {code}");
            ledger[key] = code.IsSuccess;
            DerResult<int> read = code.IsSuccess ? await values.GetAsync(BitConverter.GetBytes(key), buffer) : code;
            Assert.True(read.IsSuccess || IsUnknown(read.Code), $"read {key:x} ended with {read.Code}");
            Assert.True(!read.IsSuccess || buffer.AsSpan(0, read.Value).SequenceEqual(value), $"read {key:x} brought other bytes");
        }

        return true;
    }

    private static async Task<long> CheckAsync(ProxiedClient direct, ConcurrentDictionary<long, bool> ledger)
    {
        KeyValueSession values = direct.Container.OpenKeyValue(s_object);
        byte[] buffer = new byte[64 * 1024];
        long lost = 0;
        foreach ((long key, bool isAcknowledged) in ledger)
        {
            DerResult<int> read = await direct.RunAsync(() => values.GetAsync(BitConverter.GetBytes(key), buffer));
            bool isWhole = read.IsSuccess && buffer.AsSpan(0, read.Value).SequenceEqual(ValueOf(key));
            bool mayBeMissing = !isAcknowledged && read.Code == DerCode.Nonexist;
            lost += isWhole || mayBeMissing ? 0 : 1;
        }

        return lost;
    }

    // In the message, and by one-sided transfers.
    private static byte[] ValueOf(long key)
    {
        byte[] value = new byte[(key % 4) switch { 0 => 16, 1 => 900, 2 => 9_000, _ => 45_000 }];
        new SeededRandom((ulong)key).Fill(value);
        BinaryPrimitives.WriteInt64LittleEndian(value, key);
        return value;
    }

    private static bool IsUnknown(DerCode code) =>
        code == DerCode.TimedOut || code == DerCode.Unreachable || code == DerCode.Checksum || code == DerCode.InProgress;
}
