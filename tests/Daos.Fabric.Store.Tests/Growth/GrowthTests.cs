using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Tests.Checking;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Growth;

/// <summary>A shard in use becomes larger; what would make it smaller, or larger than it can be, is refused with a sentence.</summary>
public class GrowthTests
{
    private const int MiB = 1 << 20;

    private static StoreOptions Small(StoreOptions options) => options with
    {
        ArenaReserveBytes = 2 * MiB,
        LogBytes = 256 << 10,
        LogBlockBytes = 16 << 10,
        DataBytes = 4 * MiB,
        Made = null,
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Arena_ThatIsFull_TakesMoreAfterwards(bool isVolatile)
    {
        var store = new ObjectFixture(1, Small, isVolatile);
        int before = Fill(store, "a", 30);
        Assert.Equal(DerCode.Success, Grow(store, new ShardGrowth { ArenaReserveBytes = 6 * MiB }));
        Assert.Equal(6 * MiB, store.Shard.Space.MetadataTotalBytes);
        int after = Fill(store, "b", 30);
        Assert.True(after > before, $"{before} values before, {after} more afterwards");
        if (!isVolatile)
        {
            store.Crash(CrashKind.Power);
            Assert.Equal(6 * MiB, store.Shard.Space.MetadataTotalBytes);
            Check(store, "a", before, 30);
            Check(store, "b", after, 30);
            Assert.Equal(DerCode.Success, store.Run(async () =>
            {
                await store.Shard.CloseAsync();
                return DerCode.Success;
            }));
            Inspector.AssertSound(store.World, "after growth");
        }
    }

    [Theory]
    [InlineData(false, 9)]
    [InlineData(true, 9)]
    [InlineData(false, 300)]
    public void Data_ThatIsFull_TakesMoreAfterwards(bool isVolatile, int mib)
    {
        var store = new ObjectFixture(1, options => Small(options) with { ArenaReserveBytes = 8 * MiB }, isVolatile);
        int before = Fill(store, "a", 100_000);
        Assert.Equal(DerCode.Success, Grow(store, new ShardGrowth { DataBytes = mib * MiB }));
        Assert.Equal((long)mib * MiB, store.Shard.Space.DataTotalBytes);
        int after = Fill(store, "b", 100_000, 200);
        Assert.True(after >= before, $"{before} values before, {after} more afterwards");
        Check(store, "a", before, 100_000);
        if (!isVolatile)
        {
            store.Crash(CrashKind.Power);
            Assert.Equal((long)mib * MiB, store.Shard.Space.DataTotalBytes);
            Check(store, "a", before, 100_000);
            Check(store, "b", after, 100_000);
        }
    }

    [Fact]
    public void Log_WhileWritersWrite_GoesOnInTheLargerRing()
    {
        var store = new ObjectFixture(1, Small, isVolatile: false);
        bool stop = false;
        int written = 0;
        int running = 4;
        for (int writer = 0; writer < 4; writer++)
        {
            string name = $"w{writer}";
            store.World.Start(async () =>
            {
                for (int i = 0; !stop; i++)
                {
                    Assert.Equal(DerCode.Success, (await store.Calls.PutAsync(ObjectFixture.Keys(name, $"a{i % 20}"), BitConverter.GetBytes(i))).Code);
                    written++;
                }

                running--;
            });
        }

        long ring = store.Shard.LogWriter!.Geometry.RingBytes;
        foreach (int kib in new[] { 384, 1024, 4096 })
        {
            int before = written;
            Assert.Equal(DerCode.Success, Grow(store, new ShardGrowth { LogBytes = kib << 10 }));
            Assert.Equal((long)kib << 10, store.Shard.LogWriter!.Geometry.RingBytes);
            Assert.True(store.World.World.RunUntil(() => written > before + 3000));
        }

        Assert.True(store.Shard.LogWriter!.Geometry.RingBytes > ring);
        stop = true;
        Assert.True(store.World.World.RunUntil(() => running == 0));
        store.Crash(CrashKind.Power);
        Assert.Equal(4096L << 10, store.Shard.LogWriter!.Geometry.RingBytes);
        store.Reopen();
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal(DerCode.Success, store.Put("after", $"a{i}", [1]).Code);
        }
    }

    [Fact]
    public void Grow_ToLessOrTooMuch_IsRefusedWithASentence()
    {
        var store = new ObjectFixture(1, Small, isVolatile: false);
        Fill(store, "a", 30, 500);
        Refused(new ShardGrowth { ArenaReserveBytes = 64 << 10 }, DerCode.NoSpace, "in use");
        Refused(new ShardGrowth { ArenaReserveBytes = (2 * MiB) - 65536 }, DerCode.Invalid, "does not shrink");
        Refused(new ShardGrowth { ArenaReserveBytes = 9 * MiB }, DerCode.Invalid, "at most");
        Refused(new ShardGrowth { DataBytes = 3 * MiB }, DerCode.Invalid, "does not shrink");
        Refused(new ShardGrowth { DataBytes = (5 * MiB) + 1 }, DerCode.Invalid, "multiple");
        Refused(new ShardGrowth { DataBytes = 1L << 50 }, DerCode.Invalid, "at most");
        Refused(new ShardGrowth { LogBytes = 128 << 10 }, DerCode.Invalid, "does not shrink");
        Refused(new ShardGrowth { LogBytes = -4096 }, DerCode.Invalid, "multiple");
        Assert.Equal(DerCode.Success, Grow(store, default));
        Assert.Equal(DerCode.Success, Grow(store, new ShardGrowth { ArenaReserveBytes = 2 * MiB, LogBytes = 256 << 10, DataBytes = 4 * MiB }));

        void Refused(ShardGrowth growth, DerCode expected, string sentence)
        {
            Assert.Equal(expected, Grow(store, growth));
            Assert.Contains(sentence, store.Shard.LastError, StringComparison.Ordinal);
            Assert.Equal((2L * MiB, 4L * MiB), (store.Shard.Space.MetadataTotalBytes, store.Shard.Space.DataTotalBytes));
        }
    }

    [Theory]
    [InlineData("data")]
    [InlineData("log")]
    public void Grow_WhenTheFileSystemIsFull_IsRefusedAndTheShardGoesOn(string file)
    {
        var store = new ObjectFixture(1, Small, isVolatile: false);
        store.World.Node.Disk.Inject(new MediaFault(MediaFaultKind.CallNoSpace) { PathEnd = file });
        ShardGrowth growth = file == "data" ? new ShardGrowth { DataBytes = 8 * MiB } : new ShardGrowth { LogBytes = MiB };
        Assert.Equal(DerCode.NoSpace, Grow(store, growth));
        Assert.Contains("cannot be", store.Shard.LastError, StringComparison.Ordinal);
        Assert.Equal(DerCode.Success, store.Put("d", "a", new byte[20_000]).Code);
        store.World.Node.Disk.ClearFaults();
        Assert.Equal(DerCode.Success, Grow(store, growth));
        store.Reopen();
        Assert.Equal(20_000, store.Get("d", "a").Value!.Length);
    }

    [Fact]
    public void Grow_WhenTheSuperblockCannotBeWritten_StopsTheShard_AndNothingIsLost()
    {
        var store = new ObjectFixture(1, Small, isVolatile: false);
        Assert.Equal(DerCode.Success, store.Put("d", "a", [1, 2]).Code);
        store.World.Node.Disk.Inject(new MediaFault(MediaFaultKind.WriteError) { PathEnd = "meta", ToBytes = 128 << 10, TimesMax = 1 });
        Assert.Equal(DerCode.Io, Grow(store, new ShardGrowth { ArenaReserveBytes = 4 * MiB }));
        Assert.Equal(DerCode.Io, store.Put("d", "b", [3]).Code);
        store.World.Node.Disk.ClearFaults();
        store.Reopen();
        Assert.Equal([1, 2], store.Get("d", "a").Value!);
    }

    private static DerCode Grow(ObjectFixture store, ShardGrowth growth) => store.Run(() => store.Shard.GrowAsync(growth));

    private static int Fill(ObjectFixture store, string prefix, int valueBytes, int most = int.MaxValue) => store.Run(async () =>
    {
        for (int i = 0; i < most; i++)
        {
            DerCode code = (await store.Calls.PutAsync(ObjectFixture.Keys($"{prefix}{i}", "v"), Value(i, valueBytes))).Code;
            if (code.IsError)
            {
                Assert.Equal(DerCode.NoSpace, code);
                return i;
            }
        }

        return most;
    });

    private static void Check(ObjectFixture store, string prefix, int count, int valueBytes) => store.Run(async () =>
    {
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(Value(i, valueBytes), (await store.Calls.GetAsync(ObjectFixture.Keys($"{prefix}{i}", "v"))).Value!);
        }

        return true;
    });

    private static byte[] Value(int number, int valueBytes)
    {
        byte[] value = new byte[valueBytes];
        Array.Fill(value, (byte)number);
        return value;
    }
}
