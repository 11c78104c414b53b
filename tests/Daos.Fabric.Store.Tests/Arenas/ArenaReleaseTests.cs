using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Arenas;

public class ArenaReleaseTests
{
    private const int Values = 9000;
    private const int MiB = 1 << 20;

    private static readonly ContainerId s_other = new(new Guid("99990000-0000-0000-0000-000000000001"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Memory_FollowsUse_AndWhatStaysIsWhole(bool isVolatile)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var store = new ObjectFixture(
            1, options => options with { ArenaReserveBytes = 64 << 20, LogBytes = 16 << 20, LogBlockBytes = 256 << 10, HistoryWindowMs = 0 }, isVolatile);
        store.Put("kept", "a", [1, 2, 3]);
        for (int round = 0; round < 3; round++)
        {
            store.On(() => Assert.Equal(DerCode.Success, store.Shard.CreateContainer(s_other, out _)));
            var calls = new StoreCalls(store.Shard, s_other);
            FillAndCheck(store, calls, round);
            long full = store.Shard.Statistics.ArenaBackedBytes;
            Assert.True(full > 27 * MiB, $"only {full} bytes are in use");
            store.On(() => Assert.Equal(DerCode.Success, store.Shard.DestroyContainer(s_other, out _)));
            store.Run(() => store.Shard.WaitStableAsync(store.Shard.AppendedPosition));
            ReclaimAll(store);
            store.World.World.RunFor(11_000_000_000);
            if (isVolatile)
            {
                // Nothing ticks: the next calls notice.
                store.On(store.Shard.ReclaimIfShort);
            }

            Assert.True(
                store.World.World.RunUntil(() => store.Shard.Statistics.ArenaBackedBytes < 12 * MiB, 30_000_000_000),
                $"{store.Shard.Statistics.ArenaBackedBytes} of {full} bytes are still backed, {store.Shard.Statistics.ArenaLiveBytes} live");
            Assert.Equal([1, 2, 3], store.Get("kept", "a").Value!);
        }
    }

    [Fact]
    public void Released_ThenCrash_RecoversTheSame()
    {
        var store = new ObjectFixture(
            2, options => options with { ArenaReserveBytes = 64 << 20, LogBytes = 16 << 20, LogBlockBytes = 256 << 10, HistoryWindowMs = 0 }, isVolatile: false);
        for (int round = 0; round < 2; round++)
        {
            store.On(() => Assert.Equal(DerCode.Success, store.Shard.CreateContainer(s_other, out _)));
            FillAndCheck(store, new StoreCalls(store.Shard, s_other), round);
            store.On(() => Assert.Equal(DerCode.Success, store.Shard.DestroyContainer(s_other, out _)));
            ReclaimAll(store);
            store.World.World.RunFor(12_000_000_000);
            for (int i = 0; i < 200; i++)
            {
                store.Put($"after {i}", "a", Value(i, round));
            }

            store.Run(() => store.Shard.WaitStableAsync(store.Shard.AppendedPosition));
            store.Crash(CrashKind.Power);
            for (int i = 0; i < 200; i++)
            {
                Assert.Equal(Value(i, round), store.Get($"after {i}", "a").Value!);
            }
        }
    }

    // The shadow proves that what is given back changes nothing that a transaction means.
    [Fact]
    public void Released_UnderVerification_ChangesNothingElse()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        const int PerTransaction = 60;
        using var arena = new VolatileArena(64 << 20);
        ArenaReleaser releaser = arena.Arena.Releaser;
        releaser.OnReleased = (offset, lengthBytes) => arena.Transaction.Shadow!.Fill(offset, lengthBytes, 0);
        var random = new SeededRandom(1);
        for (int round = 0; round < 3; round++)
        {
            var blocks = new List<(ulong Offset, int SizeBytes)>();
            for (int i = 0; i < 30; i++)
            {
                arena.Transaction.Begin();
                for (int k = 0; k < PerTransaction; k++)
                {
                    int sizeBytes = 5000 + random.Next(11_000);
                    ulong offset = arena.Transaction.Allocate(sizeBytes);
                    Assert.NotEqual(Arena.Null, offset);
                    blocks.Add((offset, sizeBytes));
                }

                Assert.Equal(DerCode.Success, arena.Transaction.Commit(out _));
            }

            Assert.True(round > 0 || releaser.ReleasedBytes == 0);
            foreach ((ulong Offset, int SizeBytes)[] some in blocks.Chunk(PerTransaction))
            {
                arena.Transaction.Begin();
                foreach ((ulong offset, int sizeBytes) in some)
                {
                    arena.Transaction.Free(offset, sizeBytes);
                }

                Assert.Equal(DerCode.Success, arena.Transaction.Commit(out _));
            }

            Assert.True(releaser.IsWorthwhile(round));
            while (releaser.Step(1))
            {
            }

            Assert.True(releaser.ReleasedBytes > 5 * MiB, $"{releaser.ReleasedBytes} bytes were given back");
            Assert.False(releaser.IsWorthwhile(round));
            Assert.InRange(arena.Arena.BackedBytes, 7UL * MiB, 10UL * MiB);

            // An aborted transaction that took a slab leaves it free and whole.
            arena.Transaction.Begin();
            for (int k = 0; k < PerTransaction; k++)
            {
                arena.Transaction.Allocate(16_000);
            }

            arena.Transaction.Abort();
        }
    }

    // A durable store's log has to be waited for.
    private static void ReclaimAll(ObjectFixture store) => store.Run(async () =>
    {
        for (bool more = true; more;)
        {
            Assert.Equal(DerCode.Success, await store.Shard.AdmitAsync());
            DerCode code = store.Shard.ReclaimStep(100, out more);
            more |= code == DerCode.Again;
            Assert.True(code.IsSuccess || code == DerCode.Again);
        }

        return true;
    });

    private static byte[] Value(int number, int round)
    {
        byte[] value = new byte[2900];
        Array.Fill(value, (byte)(number + (round * 31)));
        return value;
    }

    private static void FillAndCheck(ObjectFixture store, StoreCalls calls, int round)
    {
        store.Run(async () =>
        {
            for (int i = 0; i < Values; i++)
            {
                Assert.Equal(DerCode.Success, (await calls.PutAsync(CallKeys.Of($"d{i}", "a"), Value(i, round))).Code);
            }

            return true;
        });
        for (int i = 0; i < Values; i += 37)
        {
            Assert.Equal(Value(i, round), store.Run(() => calls.GetAsync(CallKeys.Of($"d{i}", "a"))).Value!);
        }
    }
}
