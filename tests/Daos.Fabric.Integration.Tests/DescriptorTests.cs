using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Daos.Fabric.Integration.Tests.Support;
using Daos.Fabric.TestKit.Runs;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Integration.Tests;

/// <summary>
/// W5: an engine that may open few file descriptors meets more connections than that. It keeps descriptors for itself: who is connected goes
/// on, durably; the others are turned away at once; the operator is told once; nobody spins; a signal still ends it; and when clients have
/// left the engine takes the next one without help.
/// </summary>
public sealed class DescriptorTests(ITestOutputHelper output) : IDisposable
{
    private const string Sentence = "a tcp connection was refused";
    private const int Crowd = 600;

    private static readonly int s_connections = TestRun.Size(t0: Crowd, t1: 34 * Crowd);
    private static readonly TimeSpan s_toldEvery = TimeSpan.FromSeconds(10);

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [Trait("Id", "W5")]
    [InlineData(256, "uring")]
    [InlineData(256, "epoll")]
    [InlineData(256, "portable")]
    [InlineData(300, "uring")]
    public async Task TooManyConnections_AreTurnedAwayUntilThereIsRoom(int descriptors, string reactor)
    {
        string[] arguments = ["--storage", _scratch.Storage, "--listen", "tcp://127.0.0.1:0"];
        using (EngineProcess engine = EngineProcess.StartLimited(descriptors, [new("DAOS_REACTOR", reactor)], arguments))
        {
            TransportUri address = await engine.AddressAsync();
            await using DaosSystem system = await DaosSystem.ConnectAsync(address.ToString());
            DaosKeyValue keys = (await (await system.CreatePoolAsync("p")).CreateContainerAsync("c")).OpenKeyValue("kv");
            await PutAsync(keys, 0);
            var since = Stopwatch.StartNew();
            List<Socket> crowd = [];
            for (int wave = 0; wave < s_connections / Crowd; wave++)
            {
                crowd.ForEach(socket => socket.Dispose());
                crowd = await ConnectAsync(address, Crowd);
            }

            await engine.WaitForErrorAsync(Sentence);
            await PutAsync(keys, 1);
            double share = await ProcessorShareAsync(engine);
            await PutAsync(keys, 2);
            crowd.ForEach(socket => socket.Dispose());

            await using DaosSystem next = await DaosSystem.ConnectAsync(address.ToString());
            DaosKeyValue again = (await (await next.ConnectPoolAsync("p")).OpenContainerAsync("c")).OpenKeyValue("kv");
            await VerifyAsync(again);
            List<Socket> secondCrowd = await ConnectAsync(address, 300);
            int told = engine.Errors.Split(Sentence).Length - 1;
            output.WriteLine($"W5: {reactor} descriptors={descriptors} connections={s_connections} told={told} processor_share={share:0.00}");
            Assert.InRange(told, 1, 1 + (int)(since.Elapsed / s_toldEvery));
            Assert.True(share < 0.5, $"the engine used {share:0.00} of a core while it only waited");
            Assert.Equal(0, await engine.TerminateAsync());
            secondCrowd.ForEach(socket => socket.Dispose());
        }

        using EngineProcess restarted = EngineProcess.Start(arguments);
        await using DaosSystem last = await DaosSystem.ConnectAsync((await restarted.AddressAsync()).ToString());
        await VerifyAsync((await (await last.ConnectPoolAsync("p")).OpenContainerAsync("c")).OpenKeyValue("kv"));
        Assert.Equal(0, await restarted.TerminateAsync());
    }

    private static async Task<List<Socket>> ConnectAsync(TransportUri address, int count)
    {
        var end = new IPEndPoint(IPAddress.Loopback, new Uri(address.ToString()).Port);
        var sockets = new List<Socket>();
        for (int i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(end, TestContext.Current.CancellationToken);
            sockets.Add(socket);
        }

        return sockets;
    }

    // A time to look at, not a time to hope in: spinning would show whenever it is looked.
    private static async Task<double> ProcessorShareAsync(EngineProcess engine)
    {
        var window = Stopwatch.StartNew();
        TimeSpan before = engine.ProcessorTime;
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        return (engine.ProcessorTime - before) / window.Elapsed;
    }

    private static async Task PutAsync(DaosKeyValue keys, int round)
    {
        for (int i = 0; i < 50; i++)
        {
            await keys.PutAsync($"{round}-{i}", BitConverter.GetBytes((round * 50) + i));
        }
    }

    private static async Task VerifyAsync(DaosKeyValue keys)
    {
        byte[] there = new byte[4];
        for (int i = 0; i < 150; i++)
        {
            Assert.Equal(4, await keys.GetAsync($"{i / 50}-{i % 50}", there));
            Assert.Equal(i, BitConverter.ToInt32(there));
        }
    }
}
