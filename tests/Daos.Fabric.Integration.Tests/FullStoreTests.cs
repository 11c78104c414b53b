using Daos.Fabric.Integration.Tests.Support;

namespace Daos.Fabric.Integration.Tests;

/// <summary>S11 as an application sees it: the shipped engine with a small pool is filled through the SDK over a unix socket.</summary>
public sealed class FullStoreTests(ITestOutputHelper output) : IDisposable
{
    private const int ValuesMax = 100_000;

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [Trait("Id", "S11")]
    [InlineData(500)]
    [InlineData(60_000)]
    public async Task PoolIsFull_ReadsAndRemovesGoOn_SpaceReturns(int valueBytes)
    {
        string config = Path.Combine(_scratch.Root, "engine.yml");
        await File.WriteAllTextAsync(
            config,
            $"storage: {_scratch.Storage}\nlisten: ['{_scratch.Address}']\npool_defaults: {{ arena_mib: 8, log_mib: 4, data_mib: 16 }}\n",
            TestContext.Current.CancellationToken);
        EngineProcess engine = await EngineProcess.StartReadyAsync("--config", config);
        int first;
        await using (DaosSystem system = await DaosSystem.ConnectAsync(_scratch.Address))
        {
            DaosContainer container = await (await system.CreatePoolAsync("p")).CreateContainerAsync("c");
            DaosKeyValue keys = container.OpenKeyValue("kv");
            first = await FillAsync(keys, valueBytes, round: 1);
            await VerifyAsync(keys, first, valueBytes, round: 1);
        }

        // A full pool opens again, and is still full.
        Assert.Equal(0, await engine.TerminateAsync());
        engine.Dispose();
        engine = await EngineProcess.StartReadyAsync("--config", config);
        await using (DaosSystem system = await DaosSystem.ConnectAsync(_scratch.Address))
        {
            DaosKeyValue keys = (await (await system.ConnectPoolAsync("p")).OpenContainerAsync("c")).OpenKeyValue("kv");
            await VerifyAsync(keys, first, valueBytes, round: 1);
            for (int i = 0; i < first; i++)
            {
                await keys.RemoveAsync($"key {i}");
            }

            int second = await FillAsync(keys, valueBytes, round: 2);
            await VerifyAsync(keys, second, valueBytes, round: 2);
            output.WriteLine($"S11: client value={valueBytes} written={first} after_remove={second}");
            Assert.True(second > first / 2, $"{first} values fitted, and after their removal only {second}");
        }

        Assert.Equal(0, await engine.TerminateAsync());
        engine.Dispose();
    }

    private static async Task<int> FillAsync(DaosKeyValue keys, int valueBytes, int round)
    {
        for (int i = 0; i < ValuesMax; i++)
        {
            try
            {
                await keys.PutAsync($"key {i}", Value(i, valueBytes, round));
            }
            catch (DaosException exception)
            {
                Assert.Equal(DerCode.NoSpace, exception.Code);
                Assert.True(i > 50, $"only {i} values fitted");
                return i;
            }
        }

        throw new InvalidOperationException("the pool never fills up");
    }

    private static async Task VerifyAsync(DaosKeyValue keys, int count, int valueBytes, int round)
    {
        byte[] there = new byte[valueBytes];
        for (int i = 0; i < count; i += 7)
        {
            Assert.Equal(valueBytes, await keys.GetAsync($"key {i}", there));
            Assert.Equal(Value(i, valueBytes, round), there);
        }
    }

    private static byte[] Value(int number, int bytes, int round)
    {
        byte[] value = new byte[bytes];
        new SeededRandom(((ulong)round << 32) | (uint)number).Fill(value);
        return value;
    }
}
