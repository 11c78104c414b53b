using Daos.Fabric.Client.Memory;
using Daos.Fabric.Integration.Tests.Support;
using Daos.Fabric.Transport.Ofi;

namespace Daos.Fabric.Integration.Tests;

/// <summary>The shipped engine and the SDK over libfabric.</summary>
public sealed class LibfabricTests
{
    [Theory]
    [InlineData("ofi+tcp;ofi_rxm")]
    [InlineData("ofi+shm")]
    public async Task PutAndGet_SmallAndLarge_OverLibfabric(string scheme)
    {
        Assert.SkipUnless(OfiProvider.IsAvailable(out string reason), reason);
        using var scratch = new Scratch();
        string listen = scheme == "ofi+shm" ? $"ofi+shm://{Path.GetFileName(scratch.Root)}" : $"{scheme}://127.0.0.1:0";
        using EngineProcess engine = EngineProcess.Start("--storage", scratch.Storage, "--listen", listen, "--targets", "2");
        string line = await engine.WaitReadyAsync();
        Assert.True(line.Length > 0, engine.Errors);
        string address = line.Split(' ').First(w => w.StartsWith("uri=", StringComparison.Ordinal))["uri=".Length..];
        await using (DaosSystem system = await DaosSystem.ConnectAsync(address, new DaosClientOptions { Providers = [new OfiProvider()] }))
        {
            DaosPool pool = await system.CreatePoolAsync("p");
            DaosContainer container = await pool.CreateContainerAsync("c");
            DaosKeyValue keys = container.OpenKeyValue("over libfabric");
            for (int i = 0; i < 40; i++)
            {
                await keys.PutAsync($"k{i}", Value(i));
            }

            for (int i = 0; i < 40; i++)
            {
                using DaosValue value = await keys.GetAsync($"k{i}");
                Assert.Equal(Value(i), value.ToArray());
            }
        }

        Assert.Equal(0, await engine.TerminateAsync());
    }

    // Every fourth is large enough to be moved one-sided.
    private static byte[] Value(int i)
    {
        var value = new byte[i % 4 == 0 ? 300_000 + i : 64 + i];
        new SeededRandom((ulong)i).Fill(value);
        return value;
    }
}
