using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>
/// Updates and punches of objects through plans and trees. Each dkey has one writer, so after a crash it holds its last acknowledged state
/// or the one that was under way, whole: a small or large single value and an array written in two ranges at once.
/// </summary>
internal sealed class ObjectLoad : IPowerCutLoad
{
    private const int KeyCount = 24;
    private const int WriterCount = 8;
    private const int RangeBytes = 100;
    private const ulong SecondRange = 5000;

    private readonly KeyHistory[] _keys = Enumerable.Range(0, KeyCount).Select(_ => new KeyHistory()).ToArray();
    private int _acknowledged;

    public StoreOptions Options(StoreWorld world) => world.Options() with
    {
        ArenaReserveBytes = 32 << 20,
        LogBytes = 256 << 10,
        LogBlockBytes = 8 << 10,
        DataBytes = 64 << 20,
        MediaBufferCount = 8,
        CheckpointIntervalMs = 7,
    };

    public async ValueTask FormatAsync(StoreShard shard)
    {
        Assert.Equal(DerCode.Success, shard.CreateContainer(ObjectFixture.Container, out LogPosition position));
        Assert.True((await shard.WaitStableAsync(position)).IsSuccess);
    }

    public void Start(StoreWorld world, StoreShard shard, ulong seed)
    {
        var calls = new StoreCalls(shard, ObjectFixture.Container);
        for (int i = 0; i < WriterCount; i++)
        {
            int writer = i;
            var random = new SeededRandom((seed * 100) + (ulong)i);
            world.Start(async () =>
            {
                while (await WriteAsync(calls, _keys, (random.Next(KeyCount / WriterCount) * WriterCount) + writer, random))
                {
                    _acknowledged++;
                }
            });
        }
    }

    public IPowerCutOracle Snapshot() => new Oracle(_keys.Select(key => key.Copy()).ToArray(), _acknowledged);

    private static CallKeys KeysOf(int key, string akey) => CallKeys.Of($"key{key}", akey);

    private static async ValueTask<bool> WriteAsync(StoreCalls calls, KeyHistory[] keys, int key, SeededRandom random)
    {
        KeyHistory history = keys[key];
        int kind = random.Next(10);
        KeyState next;
        ValueTask<(DerCode Code, Epoch Epoch)> call;
        if (kind == 0)
        {
            next = default;
            history.Pending = next;
            call = calls.PunchAsync(KeysOf(key, "a"), PunchScope.Dkey);
        }
        else if (kind < 6)
        {
            byte[] value = Bytes(random, 1 + random.Next(random.Chance(0.2) ? 20_000 : 600));
            next = history.Acknowledged with { Value = value };
            history.Pending = next;
            call = calls.PutAsync(KeysOf(key, "value"), value);
        }
        else
        {
            byte[] ranges = Bytes(random, 2 * RangeBytes);
            next = history.Acknowledged with { Ranges = ranges };
            history.Pending = next;
            call = calls.WriteAsync(
                KeysOf(key, "array"), 1, (0, RangeBytes, ranges[..RangeBytes]), (SecondRange, RangeBytes, ranges[RangeBytes..]));
        }

        DerCode code = (await call).Code;
        if (code.IsSuccess)
        {
            history.Acknowledged = next;
        }

        history.Pending = code.IsSuccess || code == DerCode.NoSpace ? null : history.Pending;
        return code.IsSuccess;
    }

    private static byte[] Bytes(SeededRandom random, int length)
    {
        var bytes = new byte[length];
        random.Fill(bytes);
        return bytes;
    }

    /// <summary>What one dkey holds; null for nothing.</summary>
    private readonly record struct KeyState(byte[]? Value, byte[]? Ranges)
    {
        internal bool Holds(byte[]? value, byte[]? ranges) => Same(Value, value) && Same(Ranges, ranges);

        private static bool Same(byte[]? a, byte[]? b) => (a is null) == (b is null) && a.AsSpan().SequenceEqual(b);
    }

    private sealed class KeyHistory
    {
        internal KeyState Acknowledged { get; set; }

        internal KeyState? Pending { get; set; }

        internal KeyHistory Copy() => new() { Acknowledged = Acknowledged, Pending = Pending };
    }

    private sealed class Oracle(KeyHistory[] keys, int acknowledged) : IPowerCutOracle
    {
        public int Acknowledged => acknowledged;

        public IPowerCutOracle Copy() => new Oracle(keys.Select(key => key.Copy()).ToArray(), acknowledged);

        public async ValueTask<string?> CheckAsync(StoreShard shard)
        {
            if (!shard.ContainerExists(ObjectFixture.Container))
            {
                return "lost: the container";
            }

            var calls = new StoreCalls(shard, ObjectFixture.Container);
            for (int key = 0; key < KeyCount; key++)
            {
                if (await CheckKeyAsync(calls, key) is { } wrong)
                {
                    return wrong;
                }
            }

            return null;
        }

        public async ValueTask GoOnAsync(StoreShard shard)
        {
            var calls = new StoreCalls(shard, ObjectFixture.Container);
            var random = new SeededRandom((ulong)acknowledged);
            for (int i = 0; i < 20; i++)
            {
                Assert.True(await WriteAsync(calls, keys, random.Next(KeyCount), random));
            }
        }

        private async ValueTask<string?> CheckKeyAsync(StoreCalls calls, int key)
        {
            (DerCode code, byte[]? value) = await calls.GetAsync(KeysOf(key, "value"));
            (DerCode arrayCode, byte[]? bytes, bool[] map) = await calls.ReadAsync(KeysOf(key, "array"), 0, SecondRange + RangeBytes);
            if (code.IsError || arrayCode.IsError)
            {
                return $"lost: key {key} cannot be read: {code} {arrayCode}";
            }

            byte[]? ranges = bytes is null || !map[0] ? null : [.. bytes[..RangeBytes], .. bytes[(int)SecondRange..]];
            KeyHistory history = keys[key];
            if (history.Acknowledged.Holds(value, ranges))
            {
                history.Pending = null;
                return null;
            }

            if (history.Pending is { } pending && pending.Holds(value, ranges))
            {
                history.Acknowledged = pending;
                history.Pending = null;
                return null;
            }

            return value is null && ranges is null ? $"lost: key {key}" : $"half: key {key} holds neither the last state nor the one under way";
        }
    }
}
