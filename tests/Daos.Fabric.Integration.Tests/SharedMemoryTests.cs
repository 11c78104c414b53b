using System.Globalization;
using Daos.Fabric.Client.Memory;
using Daos.Fabric.Integration.Tests.Support;
using Daos.Fabric.Transport.SharedMemory;

namespace Daos.Fabric.Integration.Tests;

/// <summary>The whole path over <c>shm://</c>: the real engine and the SDK in different processes.</summary>
public sealed class SharedMemoryTests
{
    private const int Large = 1_500_000;

    [Fact]
    public async Task Sdk_OverSharedMemory_WritesReadsAndSurvivesTheEnginesDeath()
    {
        using var scratch = new Scratch();
        string address = string.Create(CultureInfo.InvariantCulture, $"shm://test-{Environment.ProcessId}");
        string[] arguments = ["--storage", scratch.Storage, "--listen", address, "--targets", "2"];
        EngineProcess engine = await EngineProcess.StartReadyAsync(arguments);
        try
        {
            var options = new DaosClientOptions { Providers = [new SharedMemoryProvider()] };
            await using DaosSystem system = await DaosSystem.ConnectAsync(address, options);
            DaosPool pool = await system.CreatePoolAsync("p");
            DaosContainer container = await pool.CreateContainerAsync("c");
            DaosKeyValue keys = container.OpenKeyValue("k");
            var random = new SeededRandom(4);
            byte[] small = new byte[64];
            byte[] large = new byte[Large];
            random.Fill(small);
            random.Fill(large);
            using DaosBuffer rented = system.RentBuffer(Large);
            large.CopyTo(rented.GetSpan());

            for (int i = 0; i < 50; i++)
            {
                await keys.PutAsync(Name("small", i), small);
            }

            // Pinned memory is reached through the process, rented memory through its region.
            await keys.PutAsync("large-pinned", large);
            await keys.PutAsync("large-rented", rented.Memory);
            await ReadAllAsync(keys, small, large);

            engine.Kill();
            engine.Dispose();
            engine = await EngineProcess.StartReadyAsync(arguments);
            await ReadAllAsync(keys, small, large);
        }
        finally
        {
            engine.Dispose();
        }
    }

    [Theory]
    [InlineData("shm://a/b", "malformed")]
    [InlineData("shm://.x", "malformed")]
    public async Task Listen_NameThatIsNone_EndsWithTwoAndSaysSo(string address, string expected)
    {
        using var scratch = new Scratch();
        using EngineProcess engine = EngineProcess.Start("--storage", scratch.Storage, "--listen", address);
        Assert.Equal(2, await engine.WaitExitAsync());
        Assert.Contains(expected, engine.Errors, StringComparison.Ordinal);
    }

    private static async Task ReadAllAsync(DaosKeyValue keys, byte[] small, byte[] large)
    {
        for (int i = 0; i < 50; i++)
        {
            using DaosValue value = await keys.GetAsync(Name("small", i));
            Assert.True(value.Span.SequenceEqual(small));
        }

        foreach (string name in (string[])["large-pinned", "large-rented"])
        {
            using DaosValue value = await keys.GetAsync(name);
            Assert.True(value.Span.SequenceEqual(large), name);
        }
    }

    private static string Name(string kind, int i) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{i}");
}
