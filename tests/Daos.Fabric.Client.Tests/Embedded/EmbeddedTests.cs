using Daos.Fabric.Embedded;
using Daos.Fabric.Engine;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Client.Tests.Embedded;

/// <summary>The engine inside the test's process, on a real directory.</summary>
public sealed class EmbeddedTests : IDisposable
{
    private const long MiB = 1024 * 1024;

    private readonly string _directory = Directory.CreateTempSubdirectory("daos-embedded-").FullName;
    private readonly EmbeddedOptions _options = new()
    {
        Sizes = new ShardSizes { ArenaBytes = 256 * MiB, LogBytes = 16 * MiB, DataBytes = 64 * MiB },
    };

    private string Store => Path.Combine(_directory, "store");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Handles_GivenBack_AreNoneAnyMore()
    {
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync(Store, _options);
        DaosPool pool = await system.CreatePoolAsync("pool");
        DaosContainer container = await pool.CreateContainerAsync("container");
        DaosContainer second = await pool.OpenContainerAsync("container");
        DaosKeyValue closed = container.OpenKeyValue("names");
        await closed.PutAsync("key", Bytes(10));
        await pool.DisposeAsync();
        await container.CloseAsync();

        Assert.Equal(DerCode.NoHandle, (await Assert.ThrowsAsync<DaosException>(async () => await pool.OpenContainerAsync("container"))).Code);
        Assert.Equal(DerCode.NoHandle, (await Assert.ThrowsAsync<DaosException>(async () => await closed.PutAsync("key", Bytes(11)))).Code);
        Assert.Equal(10, await second.OpenKeyValue("names").GetAsync("key", new byte[20]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task PutStopStart_EverythingComesBack(int targets)
    {
        EmbeddedOptions options = _options with { Targets = targets };
        await using (DaosSystem system = await DaosSystem.StartEmbeddedAsync(Store, options))
        {
            DaosPool pool = await system.CreatePoolAsync("pool");
            Assert.Equal(targets, pool.TargetCount);
            DaosContainer container = await pool.CreateContainerAsync("container");
            DaosKeyValue kv = container.OpenKeyValue("names");
            for (int i = 0; i < 200; i++)
            {
                await kv.PutAsync($"key-{i}", Bytes(1 + (i * 37)));
            }

            DaosArray array = await container.CreateArrayAsync(ObjectId.Create(0, 9, ObjectType.Array), 1, 65_536);
            await array.WriteAsync(123, Bytes(300_000));
            Assert.Equal(300_123UL, await array.GetSizeAsync());
            await kv.RemoveAsync("key-5");
        }

        await using (DaosSystem system = await DaosSystem.StartEmbeddedAsync(Store, _options))
        {
            DaosPool pool = await system.ConnectPoolAsync("pool");
            Assert.Equal(targets, pool.TargetCount);
            DaosContainer container = await pool.OpenContainerAsync("container");
            DaosKeyValue kv = container.OpenKeyValue("names");
            var keys = new HashSet<string>();
            await foreach (string key in kv.ListStringsAsync())
            {
                Assert.True(keys.Add(key), $"{key} was listed twice");
            }

            Assert.Equal(199, keys.Count);
            Assert.DoesNotContain("key-5", keys);
            byte[] read = new byte[10_000];
            for (int i = 0; i < 200; i++)
            {
                int expected = i == 5 ? -1 : 1 + (i * 37);
                Assert.Equal(expected, await kv.GetAsync($"key-{i}", read));
                Assert.True(expected < 0 || Bytes(expected).AsSpan().SequenceEqual(read.AsSpan(0, expected)));
            }

            DaosArray array = await container.OpenArrayAsync(ObjectId.Create(0, 9, ObjectType.Array));
            Assert.Equal(new ArrayLayout(1, 65_536), array.Layout);
            byte[] data = new byte[300_123];
            Assert.Equal(300_000, await array.ReadAsync(0, data));
            Assert.Equal(Bytes(300_000), data[123..]);
        }
    }

    [Fact]
    public async Task Array_SetSize_ShrinksAndGrows()
    {
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync(Store, _options);
        DaosContainer container = await (await system.CreatePoolAsync("pool")).CreateContainerAsync("container");
        DaosArray array = container.OpenArray(ObjectId.Create(0, 10, ObjectType.ArrayByte), 4, 1000);
        await array.WriteAsync(0, Bytes(4 * 5500));
        Assert.Equal(5500UL, await array.GetSizeAsync());
        await array.SetSizeAsync(2300);
        Assert.Equal(2300UL, await array.GetSizeAsync());
        await array.SetSizeAsync(4000);
        Assert.Equal(4000UL, await array.GetSizeAsync());
        byte[] read = new byte[4 * 4000];
        await array.ReadAsync(0, read);
        Assert.Equal(Bytes(4 * 5500)[..(4 * 2300)], read[..(4 * 2300)]);
        Assert.All(read[(4 * 2300)..], b => Assert.Equal(0, b));
        await array.SetSizeAsync(0);
        Assert.Equal(0UL, await array.GetSizeAsync());
    }

    // Up to 64 chunks are punched as they are, of more only those that exist: a hole of 2^63 cells costs no more than what lies in it.
    [Theory]
    [InlineData(1500, 3000)]
    [InlineData(1500, 1)]
    [InlineData(0, 100_000)]
    [InlineData(1500, 1L << 62)]
    public async Task Array_Punch_LeavesAHoleAndWhatIsBeside(int index, long cells)
    {
        const int Cells = 150_000;
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync(Store, _options);
        DaosContainer container = await (await system.CreatePoolAsync("pool")).CreateContainerAsync("container");
        DaosArray array = container.OpenArray(ObjectId.Create(0, 10, ObjectType.ArrayByte), 1, 1000);
        byte[] expected = Bytes(Cells);
        await array.WriteAsync(0, expected);
        await array.PunchAsync((ulong)index, (ulong)cells);
        expected.AsSpan(index, (int)Math.Min(Cells - index, cells)).Clear();
        byte[] read = new byte[Cells];
        Assert.Equal(Cells - Math.Min(Cells - index, cells), await array.ReadAsync(0, read));
        Assert.Equal(expected, read);
        await array.PunchAsync(0, 0);
    }

    [Theory]
    [InlineData(19 * 1024)]
    [InlineData((19 * 1024) + 1)]
    [InlineData(2_000_000)]
    public async Task Get_LengthUnknown_WriterAndHeldValueGetEveryByte(int lengthBytes)
    {
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync(Store, _options);
        DaosContainer container = await (await system.CreatePoolAsync("pool")).CreateContainerAsync("container");
        DaosKeyValue kv = container.OpenKeyValue("names");
        await kv.PutAsync("big", Bytes(lengthBytes));
        var writer = new System.Buffers.ArrayBufferWriter<byte>();
        Assert.Equal(lengthBytes, await kv.GetAsync("big", writer));
        Assert.Equal(Bytes(lengthBytes), writer.WrittenSpan.ToArray());
        using DaosValue held = await kv.GetAsync("big");
        Assert.Equal(Bytes(lengthBytes), held.ToArray());
        DaosException failed = await Assert.ThrowsAsync<DaosException>(async () => await kv.GetAsync("big", new byte[lengthBytes - 1]));
        Assert.Equal(DerCode.RecordTooBig, failed.Code);
    }

    [Fact]
    public async Task Update_ConditionsPerAkey_HoldForTheirOwn()
    {
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync(Store, _options);
        DaosPool pool = await system.CreatePoolAsync("pool");
        DaosContainer container = await pool.CreateContainerAsync("container");
        DaosObject data = container.OpenObject(ObjectId.Create(0, 9, ObjectType.MultiHashed));
        byte[] dkey = [1];
        DaosUpdateIod first = DaosUpdateIod.Single(new byte[] { 1 }, Bytes(10));
        DaosUpdateIod second = DaosUpdateIod.Array(new byte[] { 2 }, 1, new Recx(5, 10), Bytes(10));
        DaosUpdateIod[] iods = [first, second with { Conditions = ObjectConditions.AkeyUpdate }];
        DaosException refused = await Assert.ThrowsAsync<DaosException>(
            async () => await data.UpdateAsync(dkey, iods, ObjectConditions.PerAkey));
        Assert.Equal(DerCode.Nonexist, refused.Code);
        iods[1] = second with { Conditions = ObjectConditions.AkeyInsert };
        await data.UpdateAsync(dkey, iods, ObjectConditions.PerAkey);
        DaosFetchIod found = DaosFetchIod.Single(new byte[] { 1 }, new byte[10]);
        DaosFetchIod absent = DaosFetchIod.Single(new byte[] { 3 }, new byte[10]);
        await data.FetchAsync(dkey, [found, absent], ObjectConditions.PerAkey);
        Assert.Equal((10, 0), (found.RecordBytes, absent.RecordBytes));
        absent.Conditions = ObjectConditions.AkeyFetch;
        refused = await Assert.ThrowsAsync<DaosException>(
            async () => await data.FetchAsync(dkey, [found, absent], ObjectConditions.PerAkey));
        Assert.Equal(DerCode.Nonexist, refused.Code);
    }

    /// <summary>daos_obj_query_max_epoch: over all targets of the object, for writes and punches at every level, and nothing but those.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task NewestWrite_OfAnObjectOnAllTargets_FollowsItsWritesAndPunches(int targets)
    {
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync(Store, _options with { Targets = targets });
        DaosPool pool = await system.CreatePoolAsync("pool");
        DaosContainer container = await pool.CreateContainerAsync("container");
        DaosObject data = container.OpenObject(ObjectId.Create(0, 9, ObjectType.MultiHashed));
        DaosObject other = container.OpenObject(ObjectId.Create(0, 10, ObjectType.MultiHashed));
        byte[] akey = [1];
        Assert.Equal(Epoch.None, await data.QueryNewestWriteAsync());
        Epoch newest = default;
        for (byte dkey = 0; dkey < 8; dkey++)
        {
            await data.UpdateAsync(new[] { dkey }, [DaosUpdateIod.Single(akey, Bytes(10))]);
            newest = await AssertNewerAsync(data, newest);
        }

        await data.FetchAsync(new byte[] { 3 }, [DaosFetchIod.Single(akey, new byte[10])]);
        await other.UpdateAsync(new byte[] { 3 }, [DaosUpdateIod.Single(akey, Bytes(10))]);
        Assert.Equal(newest, await data.QueryNewestWriteAsync());
        Assert.True((await other.QueryNewestWriteAsync()).Value > newest.Value);

        SnapshotInfo snapshot = await container.CreateSnapshotAsync();
        Assert.True(newest.Value < snapshot.Epoch.Value);
        await data.PunchDkeyAsync(new byte[] { 3 });
        newest = await AssertNewerAsync(data, newest);
        Assert.True(newest.Value > snapshot.Epoch.Value);

        // A key query tells it for its target, too.
        DaosArray array = await container.CreateArrayAsync(ObjectId.Create(0, 11, ObjectType.Array), 1, 65_536);
        await array.WriteAsync(5, Bytes(10));
        DaosObject cells = container.OpenObject(ObjectId.Create(0, 11, ObjectType.Array));
        Assert.True((await cells.QueryDkeyAsync(default))!.Value.NewestWrite.Value > newest.Value);

        static async Task<Epoch> AssertNewerAsync(DaosObject written, Epoch than)
        {
            Epoch found = await written.QueryNewestWriteAsync();
            Assert.True(found.Value > than.Value, $"{found} after {than}");
            return found;
        }
    }

    [Fact]
    public async Task PoolsAndContainers_CreateListDestroy()
    {
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync(Store, _options with { Volatile = true });
        DaosPool pool = await system.CreatePoolAsync("one");
        await system.CreatePoolAsync("two");
        Assert.Equal(DerCode.Exists, (await Assert.ThrowsAsync<DaosException>(async () => await system.CreatePoolAsync("one"))).Code);
        Assert.Equal(["one", "two"], (await ToListAsync(system.ListPoolsAsync())).Select(p => p.Name).Order());
        await pool.CreateContainerAsync("a");
        await pool.CreateContainerAsync("b");
        Assert.Equal(["a", "b"], (await ToListAsync(pool.ListContainersAsync())).Select(c => c.Name).Order());
        await pool.DestroyContainerAsync("a");
        Assert.Equal(["b"], (await ToListAsync(pool.ListContainersAsync())).Select(c => c.Name));
        Assert.Equal(DerCode.Nonexist, (await Assert.ThrowsAsync<DaosException>(async () => await pool.OpenContainerAsync("a"))).Code);
        await system.DestroyPoolAsync("two");
        Assert.Equal(["one"], (await ToListAsync(system.ListPoolsAsync())).Select(p => p.Name));
        Assert.Equal(DerCode.Nonexist, (await Assert.ThrowsAsync<DaosException>(async () => await system.ConnectPoolAsync("two"))).Code);
    }

    [Fact]
    public async Task Start_DirectoryInUse_BusyAndNamesTheDirectory()
    {
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync(Store, _options);
        DaosException failed = await Assert.ThrowsAsync<DaosException>(async () => await DaosSystem.StartEmbeddedAsync(Store, _options));
        Assert.Equal(DerCode.Busy, failed.Code);
        Assert.Contains(Store, failed.Message, StringComparison.Ordinal);
        await system.CreatePoolAsync("still-works");
    }

    [Fact]
    public async Task Start_PathIsAFile_NotDirectory()
    {
        await File.WriteAllTextAsync(Store, "no directory", TestContext.Current.CancellationToken);
        DaosException failed = await Assert.ThrowsAsync<DaosException>(async () => await DaosSystem.StartEmbeddedAsync(Store, _options));
        Assert.Equal(DerCode.NotDirectory, failed.Code);
    }

    [Fact]
    [Trait("Id", "BLOCK")]
    public async Task Await_UserCodeBlocksAfterIt_EngineServesOthers()
    {
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync(Store, _options);
        DaosContainer container = await (await system.CreatePoolAsync("pool")).CreateContainerAsync("container");
        DaosKeyValue kv = container.OpenKeyValue("names");
        using var release = new ManualResetEventSlim();
        Task blocked = Task.Run(async () =>
        {
            await kv.PutAsync("blocked", Bytes(1));
            Assert.Null(OwnerThread.Current);
            release.Wait();
        });
        for (int i = 0; i < 200; i++)
        {
            await kv.PutAsync($"free-{i}", Bytes(64));
        }

        Assert.False(blocked.IsCompleted);
        release.Set();
        await blocked;
    }

    private static async Task<List<T>> ToListAsync<T>(IAsyncEnumerable<T> source)
    {
        var list = new List<T>();
        await foreach (T item in source)
        {
            list.Add(item);
        }

        return list;
    }

    private static byte[] Bytes(int lengthBytes)
    {
        byte[] bytes = new byte[lengthBytes];
        new SeededRandom((ulong)lengthBytes).Fill(bytes);
        return bytes;
    }
}
