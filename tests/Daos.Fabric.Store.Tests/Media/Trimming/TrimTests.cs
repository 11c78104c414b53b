using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Media.Trimming;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Tests.Media.Roles;
using Daos.Fabric.Store.Tests.Recovery;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Media.Trimming;

/// <summary>
/// Freed data space is given back later, and live data never. What the simulated disk trims reads as zeros or as garbage from then on, so that a
/// trim of anything live shows in what is read back.
/// </summary>
public class TrimTests(ITestOutputHelper output)
{
    private const int ValueBytes = 64 << 10;

    /// <summary>The oracle: what was written last under each key. Seeds, each with puts, overwrites, punches, aggregation, crashes.</summary>
    [Fact]
    public void Trims_UnderLoad_NeverTouchWhatIsLive()
    {
        long trimmed = 0;
        for (ulong seed = 1; seed <= 6; seed++)
        {
            var random = new SeededRandom(seed ^ 0x7472696D);
            ObjectFixture fixture = Fixture(seed);
            var oracle = new Dictionary<string, byte[]>();
            for (int step = 0; step < 120; step++)
            {
                string key = $"k{random.Next(12)}";
                byte[] value = Bytes(random, 4096 + random.Next(ValueBytes));
                Assert.Equal(DerCode.Success, fixture.Put(key, "a", value).Code);
                oracle[key] = value;
                if (random.Chance(0.25))
                {
                    fixture.World.World.RunFor(random.Next(20_000_000L));
                }

                if (random.Chance(0.1))
                {
                    Assert.Equal(DerCode.Success, fixture.Aggregate(fixture.World.Hlc.Last));
                }

                if (random.Chance(0.03))
                {
                    fixture.Crash(random.Chance(0.5) ? CrashKind.Power : CrashKind.Process);
                }

                Check(fixture, oracle, random.Next(2) == 0 ? key : $"k{random.Next(12)}", seed);
            }

            foreach (string key in oracle.Keys)
            {
                Check(fixture, oracle, key, seed);
            }

            trimmed += fixture.World.Node.Disk.TrimmedBytes;
            fixture.World.Dispose();
        }

        output.WriteLine($"{trimmed} bytes trimmed");
        Assert.True(trimmed > 5_000_000, $"only {trimmed} bytes were trimmed: nothing was tested");
    }

    /// <summary>Power cuts around trims: the ledger's load trims all the time.</summary>
    [Fact]
    public void PowerCuts_WhileTrimming_LoseNothing()
    {
        long trimmed = 0;
        for (ulong seed = 1; seed <= 4; seed++)
        {
            var load = new LedgerLoad();
            using var world = new StoreWorld(seed);
            StoreShard shard = world.Create(load.Options(world));
            world.Run(() => load.FormatAsync(shard));
            load.Start(world, shard, seed);
            for (int image = 0; image < 3; image++)
            {
                world.World.RunFor(10_000_000 + world.World.Random.Next(20_000_000L));
                IPowerCutOracle oracle = load.Snapshot();
                PowerCutJudge.Judge(load, world.Node.Disk.Capture().AfterPowerCut(seed + (ulong)image), oracle, seed, $"seed {seed}, image {image}", new RunCounts());
            }

            trimmed += world.Node.Disk.TrimmedBytes;
        }

        Assert.True(trimmed > 100_000, $"only {trimmed} bytes trimmed");
    }

    /// <summary>The oracle itself: trimming what is in use is seen by the next read.</summary>
    [Fact]
    public void TrimOfLiveData_IsCaught()
    {
        ObjectFixture fixture = Fixture(1);
        byte[] value = Bytes(new SeededRandom(1), ValueBytes);
        Assert.Equal(DerCode.Success, fixture.Put("k", "a", value).Code);
        long data = fixture.World.Node.Disk.LengthOf("/store/data");
        fixture.Run(() => FileTrim.RunAsync(fixture.World.Loop, fixture.Shard.DataFile.Handle, 4096, data - 4096));
        Assert.Equal(DerCode.Checksum, fixture.Get("k", "a").Code);
    }

    [Fact]
    public void Freed_IsTrimmedOnlyAfterTheDelay_AndCounted()
    {
        ObjectFixture fixture = Fixture(1, options => options with { DataTrimDelayMs = 500 });
        Replace(fixture, "k");
        fixture.World.World.RunFor(300_000_000);
        Assert.Equal(0, fixture.World.Node.Disk.TrimmedBytes);
        fixture.World.World.RunFor(700_000_000);
        Assert.True(fixture.World.Node.Disk.TrimmedBytes >= ValueBytes);
        Assert.Equal(fixture.World.Node.Disk.TrimmedBytes, fixture.Shard.Statistics.TrimmedBytes);
        Assert.Equal(0, fixture.Shard.Statistics.FailedTrims);
        Assert.Equal(0, fixture.Shard.DataSpace.PendingFreeBytes);
    }

    [Fact]
    public void FreedByARecordThatIsNotStable_IsNotTrimmed()
    {
        ObjectFixture fixture = Fixture(1);
        StoreShard shard = fixture.Shard;
        DataExtent extent = default;
        fixture.Run(() =>
        {
            Assert.True(shard.DataSpace.Reserve(ValueBytes, out extent).IsSuccess);
            return Commit(shard, () => shard.DataSpace.Publish(shard.Transaction, extent));
        });
        MediaFault slow = fixture.World.Node.Disk.Inject(new MediaFault(MediaFaultKind.Delayed) { PathEnd = "/log", Argument = 2_000_000_000, TimesMax = 1 });
        fixture.World.Start(async () => await Commit(shard, () => shard.DataSpace.Free(shard.Transaction, extent)));
        fixture.World.World.RunFor(1_000_000_000);
        Assert.Equal(1, slow.Hits);
        Assert.Equal(0, fixture.World.Node.Disk.TrimmedBytes);
        fixture.World.World.RunFor(3_000_000_000);
        Assert.True(fixture.World.Node.Disk.TrimmedBytes >= extent.LengthBytes);
    }

    [Fact]
    public void WhatAReaderFound_IsNotTrimmedBeforeItIsOver()
    {
        ObjectFixture fixture = Fixture(1);
        Assert.Equal(DerCode.Success, fixture.Put("k", "a", Bytes(new SeededRandom(1), ValueBytes)).Code);
        long ticket = fixture.Shard.DataSpace.EnterRead();
        Replace(fixture, "k");
        fixture.World.World.RunFor(1_000_000_000);
        Assert.Equal(0, fixture.World.Node.Disk.TrimmedBytes);
        fixture.Shard.DataSpace.LeaveRead(ticket);
        fixture.World.World.RunFor(1_000_000_000);
        Assert.True(fixture.World.Node.Disk.TrimmedBytes > 0);
    }

    [Theory]
    [InlineData(TrimMode.Off, false, false)]
    [InlineData(TrimMode.Devices, false, false)]
    [InlineData(TrimMode.Devices, true, true)]
    [InlineData(TrimMode.Always, false, true)]
    [InlineData(TrimMode.Off, true, false)]
    public void Modes_TrimWhatTheySay(TrimMode mode, bool isDevice, bool trims)
    {
        using var world = new StoreWorld(1);
        world.Node.Disk.AddDevice("/dev/data", 16 << 20);
        StoreOptions options = world.Options() with { DataTrim = mode, DataTrimDelayMs = 10, DataTrimRegionBlocks = 8, Roles = new RolePaths { Data = isDevice ? "/dev/data" : null } };
        StoreShard shard = world.Create(options);
        var store = new LedgerStore(shard);
        store.Format();
        var ledger = new Ledger();
        world.Run(async () =>
        {
            for (int i = 0; i < 300; i++)
            {
                Assert.True(await store.WriteAsync(ledger, [i % 8, (i + 1) % 8], large: true));
            }
        });
        world.World.RunFor(1_000_000_000);
        Assert.Equal(trims, shard.Statistics.TrimmedBytes > 0);
        Assert.Null(world.Run(() => store.CheckAsync(ledger)));
    }

    [Theory]
    [InlineData(MediaFaultKind.TrimError, false)]
    [InlineData(MediaFaultKind.TrimUnknown, true)]
    public void FailedTrim_HarmsNothing_AndAnUnknownOneIsNotTriedAgain(MediaFaultKind kind, bool ends)
    {
        ObjectFixture fixture = Fixture(1);
        MediaFault fault = fixture.World.Node.Disk.Inject(new MediaFault(kind));
        for (int i = 0; i < 5; i++)
        {
            Replace(fixture, $"k{i}");
            fixture.World.World.RunFor(100_000_000);
        }

        Assert.Equal(fault.Hits, fixture.Shard.Statistics.FailedTrims);
        Assert.True(ends ? fault.Hits == 1 : fault.Hits > 1, $"{fault.Hits}");
        Assert.Equal(0, fixture.Shard.Statistics.TrimmedBytes);
        Assert.True(fixture.Shard.State.IsSuccess);
        Assert.True(fixture.Shard.DataSpace.FreeBytes > 0);
        Assert.Equal(0, fixture.Shard.DataSpace.PendingFreeBytes);
        fixture.Reopen();
        Assert.Equal(DerCode.Success, fixture.Get("k0", "a").Code);
    }

    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    [InlineData("portable")]
    public void RealFileOrDevice_GivesBackWhatWasFreed(string kind)
    {
        using var real = new RealLoop(kind);
        using var device = new BlockDevice(real.Directory, "data", 96 << 20);
        StoreOptions options = real.Options() with
        {
            DataTrim = TrimMode.Always,
            DataTrimDelayMs = 1,
            DataTrimRegionBlocks = 8,
            DataAgeMs = 0,

            // .NET alone knows no block devices.
            Roles = new RolePaths { Data = kind == "portable" ? null : device.Path },
        };
        DerResult<StoreShard> created = real.Run(() => StoreShard.CreateAsync(real.Loop, options));
        Assert.True(created.IsSuccess, options.Report.LastError);
        StoreShard shard = created.Value;
        var store = new LedgerStore(shard);
        store.Format();
        var ledger = new Ledger();
        StoreStatistics seen = default;
        real.Run(async () =>
        {
            for (int i = 0; i < 5_000 && seen.TrimmedBytes + seen.FailedTrims == 0; i++)
            {
                Assert.True(await store.WriteAsync(ledger, [i % 8, (i + 1) % 8], large: true));
                await ShardPause.WaitAsync(real.Loop, 1_000_000, null);
                seen = shard.Statistics;
            }

            return true;
        });
        output.WriteLine($"{real.Loop.Reactor.Kind} on {(device.IsReal && kind != "portable" ? "a device" : "a file")}: {seen.TrimmedBytes} bytes trimmed, {seen.FailedTrims} not possible");
        Assert.True(seen.TrimmedBytes > 0 || seen.FailedTrims > 0);
        Assert.Null(real.Run(() => store.CheckAsync(ledger)));
        Assert.True(shard.State.IsSuccess);
        real.Run(shard.CloseAsync);
    }

    private static ObjectFixture Fixture(ulong seed, Func<StoreOptions, StoreOptions>? more = null) => new(
        seed,
        options => (more ?? (o => o))(options with { ArenaReserveBytes = 32 << 20, DataTrim = TrimMode.Always, DataTrimDelayMs = 3, DataTrimRegionBlocks = 16 }),
        isVolatile: false);

    private static async ValueTask<DerCode> Commit(StoreShard shard, Action change)
    {
        Assert.Equal(DerCode.Success, await shard.AdmitAsync());
        Assert.Equal(DerCode.Success, shard.Transaction.Begin());
        change();
        Assert.Equal(DerCode.Success, shard.Transaction.Commit(out LogPosition position));
        return await shard.WaitStableAsync(position);
    }

    // What was there goes at once, and its blocks with it.
    private static void Replace(ObjectFixture fixture, string key)
    {
        var random = new SeededRandom(5);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(DerCode.Success, fixture.Put(key, "a", Bytes(random, ValueBytes)).Code);
        }

        Assert.Equal(DerCode.Success, fixture.Aggregate(fixture.World.Hlc.Last));
    }

    private static void Check(ObjectFixture fixture, Dictionary<string, byte[]> oracle, string key, ulong seed)
    {
        (DerCode code, byte[]? value) = fixture.Get(key, "a");
        Assert.True(code == DerCode.Success, $"seed {seed}, {key}: {code}");
        Assert.True(oracle.TryGetValue(key, out byte[]? expected) ? value.AsSpan().SequenceEqual(expected) : value is null, $"seed {seed}, {key}");
    }

    private static byte[] Bytes(SeededRandom random, int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i + 8 <= length; i += 8)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(i), random.Next(long.MaxValue));
        }

        return bytes;
    }
}
