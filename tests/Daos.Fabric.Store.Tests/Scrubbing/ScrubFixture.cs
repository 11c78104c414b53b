using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Checking;
using Daos.Fabric.Store.Checksums;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Scrubbing;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Scrubbing;

/// <summary>A store with values of every kind, and the calls of scrub tests.</summary>
internal sealed class ScrubFixture
{
    internal static readonly ContainerId Second = new(new Guid("22222222-3333-4444-5555-666677778888"));

    private const long LimitNs = 1_000_000_000_000;

    private static readonly ObjectType[] s_kinds = [ObjectType.MultiHashed, ObjectType.MultiUInt64, ObjectType.MultiLexical];

    internal ScrubFixture(ulong seed = 1, bool isVolatile = true, Func<StoreOptions, StoreOptions>? change = null)
    {
        Random = new SeededRandom(seed);
        Store = new ObjectFixture(
            seed,
            options => (change ?? (o => o))(options with { ArenaReserveBytes = 64 << 20, DataBytes = 64 << 20, LogBytes = 4 << 20, OnCorrupted = Told.Add }),
            isVolatile);
        Store.On(() => Assert.Equal(DerCode.Success, Store.Shard.CreateContainer(Second, out _)));
    }

    internal List<CorruptedValue> Told { get; } = [];

    internal ObjectFixture Store { get; }

    internal SeededRandom Random { get; }

    internal StoreShard Shard => Store.Shard;

    internal ScrubStatistics Statistics => Shard.ScrubStatistics;

    /// <summary>Single values and arrays, small and large, old versions, covered and punched ones, of every kind of checksum.</summary>
    internal void Fill(int keys)
    {
        ChecksumType[] types = Enum.GetValues<ChecksumType>();
        foreach (ContainerId container in (ContainerId[])[ObjectFixture.Container, Second])
        {
            var calls = new StoreCalls(Shard, container);
            for (int i = 0; i < keys; i++)
            {
                calls.Type = types[i % types.Length];
                ObjectId id = ObjectId.Create(0, 1 + ((ulong)i % 3), s_kinds[i % s_kinds.Length]);
                byte[] key = BitConverter.GetBytes((ulong)i + 1);
                var single = new CallKeys(id, key, BitConverter.GetBytes(1UL));
                var array = new CallKeys(id, key, BitConverter.GetBytes(2UL));
                for (int version = 0; version < 2; version++)
                {
                    int bytes = i % 7 == 0 ? 5000 + Random.Next(200_000) : Random.Next(300);
                    Assert.Equal(DerCode.Success, Store.Run(() => calls.PutAsync(single, Bytes(bytes))).Code);
                    int count = i % 9 == 0 ? 9000 : 1 + Random.Next(400);
                    byte[] data = Bytes(count);
                    Assert.Equal(DerCode.Success, Store.Run(() => calls.WriteAsync(array, 1, ((ulong)Random.Next(500), (ulong)count, data), (20_000, 7, null))).Code);
                }

                if (i % 11 == 0)
                {
                    Store.Run(() => calls.PunchAsync(single, PunchScope.Akeys));
                }
            }
        }
    }

    internal List<CheckedValue> Values()
    {
        List<CheckedValue> values = [];
        Store.On(() => values = StoredRecords.All(Shard));
        return values;
    }

    /// <summary>Those that have a checksum.</summary>
    internal List<CheckedValue> Checkable()
    {
        List<CheckedValue> values = [];
        Store.On(() => values = [.. StoredRecords.All(Shard).Where(v => StoredRecords.HasChecksum(Shard, v))]);
        return values;
    }

    internal void Damage(IEnumerable<CheckedValue> values)
    {
        foreach (CheckedValue value in values)
        {
            Store.Run(async () =>
            {
                await StoredRecords.DamageAsync(Shard, value, Random);
                return true;
            });
        }
    }

    internal HashSet<ulong> Marked()
    {
        HashSet<ulong> marked = [];
        Store.On(() => marked = [.. StoredRecords.All(Shard).Where(v => StoredRecords.IsMarked(Shard, v)).Select(v => v.Record)]);
        return marked;
    }

    internal void Start(ScrubOptions options) => Store.On(() => Shard.StartScrub(options));

    internal void Stop() => Store.World.Run(() => Shard.StopScrubAsync());

    internal void RunUntil(Func<bool> condition) => Assert.True(Store.World.World.RunUntil(condition, LimitNs), "the scrubber came to a halt");

    internal void RunPass()
    {
        long passes = Statistics.Passes;
        RunUntil(() => Statistics.Passes > passes);
    }

    internal byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        Random.Fill(bytes);
        return bytes;
    }
}
