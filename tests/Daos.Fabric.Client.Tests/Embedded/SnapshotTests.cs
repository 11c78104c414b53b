using Daos.Fabric.Core.Time;
using Daos.Fabric.Embedded;
using Daos.Fabric.Engine;
using Daos.Fabric.Engine.Hosting;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Transport;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Client.Tests.Embedded;

/// <summary>Snapshots through the SDK: an engine in the process, and one behind real sockets.</summary>
public sealed class SnapshotTests : IDisposable
{
    private const long MiB = 1024 * 1024;

    private readonly string _directory = Directory.CreateTempSubdirectory("daos-snapshot-").FullName;
    private readonly ShardSizes _sizes = new() { ArenaBytes = 256 * MiB, LogBytes = 16 * MiB, DataBytes = 64 * MiB };

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Snapshot_MadeListedReadAndDestroyed(bool overTcp)
    {
        await using EngineServer? engine = overTcp ? await StartEngineAsync() : null;
        await using DaosSystem system = overTcp
            ? await DaosSystem.ConnectAsync(engine!.UriOf(Tags.System, "tcp")!.ToString())
            : await DaosSystem.StartEmbeddedAsync(Path.Combine(_directory, "store"), new EmbeddedOptions { Sizes = _sizes, Targets = 2 });
        DaosPool pool = await system.CreatePoolAsync("pool");
        DaosContainer container = await pool.CreateContainerAsync("container");
        DaosKeyValue names = container.OpenKeyValue("names");
        DaosArray cells = container.OpenArray(ObjectId.Create(0, 9, ObjectType.ArrayByte));
        await WriteAsync(names, cells, 1);
        SnapshotInfo first = await container.CreateSnapshotAsync("first");
        await WriteAsync(names, cells, 2);
        SnapshotInfo second = await container.CreateSnapshotAsync();
        await WriteAsync(names, cells, 3);
        await container.OpenKeyValue("later").PutAsync("key", new byte[10]);

        Assert.True(first.Epoch < second.Epoch);
        Assert.Equal([first, second], await AllAsync(container.ListSnapshotsAsync()));
        DaosContainer then = await container.OpenSnapshotAsync("first");
        Assert.Equal((first.Epoch, true, container.Id, container.Name), (then.Snapshot, then.IsReadOnly, then.Id, then.Name));
        Assert.False(container.IsReadOnly);
        await CheckAsync(then, 1);
        await using (DaosContainer middle = await container.OpenSnapshotAsync(second.Epoch))
        {
            await CheckAsync(middle, 2);
        }

        await CheckAsync(container, 3);
        Assert.Equal(2, (await AllAsync(then.ListObjectsAsync())).Count);
        Assert.Equal([names.Id, cells.Id], (await AllAsync(then.ListObjectsAsync())).ToHashSet());

        await RefusedAsync(DerCode.NoPerm, () => then.OpenKeyValue("names").PutAsync("key-1", new byte[3]));
        await RefusedAsync(DerCode.NoPerm, () => then.OpenKeyValue("names").PutAsync("key-1", new byte[3 << 20]));
        await RefusedAsync(DerCode.NoPerm, () => then.OpenKeyValue("names").RemoveAsync("key-1"));
        await RefusedAsync(DerCode.NoPerm, () => then.OpenObject(names.Id).PunchAsync());
        await RefusedAsync(DerCode.NoPerm, async () => await then.CreateSnapshotAsync());
        await RefusedAsync(DerCode.Exists, async () => await container.CreateSnapshotAsync("first"));
        await RefusedAsync(DerCode.Invalid, async () => await container.CreateSnapshotAsync(new string('x', 128)));
        await RefusedAsync(DerCode.Nonexist, async () => await container.OpenSnapshotAsync("second"));
        await RefusedAsync(DerCode.Nonexist, () => container.DestroySnapshotAsync(new Epoch(first.Epoch.Value - 1)));
        await RefusedAsync(DerCode.Nonexist, async () => await AllAsync(container.ListObjectsAsync()));
        await container.DestroySnapshotAsync("first");
        await container.DestroySnapshotAsync(second.Epoch);
        Assert.Empty(await AllAsync(container.ListSnapshotsAsync()));
        await CheckAsync(container, 3);
        await then.CloseAsync();
        await RefusedAsync(DerCode.NoHandle, async () => await then.OpenKeyValue("names").GetAsync("key-1", new byte[10]));
    }

    [Fact]
    public async Task Snapshots_ManyPagesOfThem_AreListedInOrderAndOneTooManyIsRefused()
    {
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync(
            Path.Combine(_directory, "store"), new EmbeddedOptions { Sizes = _sizes, Volatile = true });
        DaosPool pool = await system.CreatePoolAsync("pool");
        DaosContainer container = await pool.CreateContainerAsync("container");
        var made = new List<SnapshotInfo>();
        for (int i = 0; i < 1024; i++)
        {
            made.Add(await container.CreateSnapshotAsync(i % 2 == 0 ? $"number {i}" : null));
        }

        await RefusedAsync(DerCode.Overflow, async () => await container.CreateSnapshotAsync());
        Assert.Equal(made, await AllAsync(container.ListSnapshotsAsync()));
    }

    private static async Task WriteAsync(DaosKeyValue names, DaosArray cells, byte value)
    {
        for (int i = 0; i < 20; i++)
        {
            await names.PutAsync($"key-{i}", Enumerable.Repeat(value, 1 + (i * 977)).ToArray());
        }

        await cells.WriteAsync(100, Enumerable.Repeat(value, 200_000 + value).ToArray());
    }

    private static async Task CheckAsync(DaosContainer container, byte value)
    {
        byte[] found = new byte[300_000];
        for (int i = 0; i < 20; i++)
        {
            int length = await container.OpenKeyValue("names").GetAsync($"key-{i}", found);
            Assert.Equal(1 + (i * 977), length);
            Assert.Equal(value, found[0]);
            Assert.False(found.AsSpan(0, length).ContainsAnyExcept(value));
        }

        DaosArray cells = container.OpenArray(ObjectId.Create(0, 9, ObjectType.ArrayByte));
        Assert.Equal(200_100UL + value, await cells.GetSizeAsync());
        await cells.ReadAsync(100, found.AsMemory(0, 200_000));
        Assert.False(found.AsSpan(0, 200_000).ContainsAnyExcept(value));
    }

    private static async Task<List<T>> AllAsync<T>(IAsyncEnumerable<T> items)
    {
        var all = new List<T>();
        await foreach (T item in items)
        {
            all.Add(item);
        }

        return all;
    }

    private static async Task RefusedAsync(DerCode code, Func<ValueTask> call) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<DaosException>(async () => await call())).Code);

    private async Task<EngineServer> StartEngineAsync()
    {
        var engine = new EngineServer(
            new EngineOptions
            {
                Path = Path.Combine(_directory, "engine"),
                Targets = 2,
                Listen = [TransportUri.Parse("tcp://127.0.0.1:0")],
                DefaultSizes = _sizes,
            },
            new EngineEnvironment
            {
                Providers = [new SocketsProvider()],
                Clock = SystemClock.Instance,
                Random = new SeededRandom(11),
                Host = new ThreadedXstreamHost(),
            });
        await engine.StartAsync();
        return engine;
    }
}
