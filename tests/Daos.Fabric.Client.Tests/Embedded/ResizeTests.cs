using Daos.Fabric.Embedded;
using Daos.Fabric.Engine;
using Daos.Fabric.Protocol.Pools;

namespace Daos.Fabric.Client.Tests.Embedded;

/// <summary>A pool that grows, through the SDK on a real directory.</summary>
public sealed class ResizeTests : IDisposable
{
    private const long MiB = 1024 * 1024;

    private readonly string _directory = Directory.CreateTempSubdirectory("daos-resize-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Pool_Resized_TakesMoreAndKeepsItOverARestart()
    {
        string store = Path.Combine(_directory, "store");
        var options = new EmbeddedOptions { Sizes = new ShardSizes { ArenaBytes = 64 * MiB, LogBytes = 16 * MiB, DataBytes = 16 * MiB }, Targets = 2 };
        await using (DaosSystem system = await DaosSystem.StartEmbeddedAsync(store, options))
        {
            DaosPool pool = await system.CreatePoolAsync("pool");
            DaosContainer container = await pool.CreateContainerAsync("container");
            DaosKeyValue values = container.OpenKeyValue("values");
            await values.PutAsync("first", new byte[MiB]);
            DaosException refused = await Assert.ThrowsAsync<DaosException>(async () => await pool.ResizeAsync(8 * MiB));
            Assert.Equal(DerCode.Invalid, refused.Code);
            Assert.Contains("has 16777216 bytes of data", refused.Message, StringComparison.Ordinal);
            Assert.Contains("does not shrink", refused.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await pool.ResizeAsync(-1));

            await pool.ResizeAsync(64 * MiB, 128 * MiB);
            for (int i = 0; i < 40; i++)
            {
                await values.PutAsync($"key-{i}", new byte[MiB]);
            }

            PoolQueryReply space = await pool.QueryAsync();
            Assert.Equal((128UL * MiB, 256UL * MiB), (space.Data.TotalBytes, space.Meta.TotalBytes));
        }

        await using (DaosSystem system = await DaosSystem.StartEmbeddedAsync(store, options))
        {
            DaosPool pool = await system.ConnectPoolAsync("pool");
            Assert.Equal(128UL * MiB, (await pool.QueryAsync()).Data.TotalBytes);
            DaosContainer container = await pool.OpenContainerAsync("container");
            Assert.Equal((int)MiB, await container.OpenKeyValue("values").GetAsync("key-39", new byte[2 * MiB]));
        }
    }
}
