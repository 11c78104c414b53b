using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Daos.Fabric.Integration.Tests.Support;
using Daos.Fabric.TestKit.Runs;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Integration.Tests;

/// <summary>
/// W5: an engine that may open few file descriptors meets more connections than that. It keeps descriptors for itself: who is connected goes
/// on, durably; the others are turned away at once; the operator is told once; nobody spins; a signal still ends it; and those who say nothing
/// are gone after the greeting's deadline, so that the engine takes the next one without help.
/// </summary>
public sealed class DescriptorTests(ITestOutputHelper output) : IDisposable
{
    private const string Sentence = "a tcp connection was refused";
    private const int Crowd = 600;

    private static readonly int s_connections = TestRun.Size(t0: Crowd, t1: 34 * Crowd);
    private static readonly TimeSpan s_toldEvery = TimeSpan.FromSeconds(10);

    // What closing a crowd may cost besides, so that a short wait says nothing.
    private static readonly TimeSpan s_closing = TimeSpan.FromMilliseconds(500);

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
            (TimeSpan used, TimeSpan passed) = await WaitForTheEndOfAsync(crowd, engine);
            await PutAsync(keys, 2);

            await using DaosSystem next = await DaosSystem.ConnectAsync(address.ToString());
            DaosKeyValue again = (await (await next.ConnectPoolAsync("p")).OpenContainerAsync("c")).OpenKeyValue("kv");
            await VerifyAsync(again);
            crowd.ForEach(socket => socket.Dispose());
            List<Socket> secondCrowd = await ConnectAsync(address, 300);
            int told = engine.Errors.Split(Sentence).Length - 1;
            output.WriteLine($"W5: {reactor} descriptors={descriptors} connections={s_connections} told={told} used_ms={used.TotalMilliseconds:0} of_ms={passed.TotalMilliseconds:0}");
            Assert.InRange(told, 1, 1 + (int)(since.Elapsed / s_toldEvery));
            Assert.True(used < (passed / 2) + s_closing, $"the engine used {used} of {passed} while it only waited");
            int exit = await engine.TerminateAsync();
            Assert.True(exit == 0, $"exit code {exit}: {engine.Errors}");
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

    // Until the engine itself has closed all who said nothing, which it does in a few seconds: an engine that spins would use a core until then.
    private static async Task<(TimeSpan Used, TimeSpan Passed)> WaitForTheEndOfAsync(List<Socket> crowd, EngineProcess engine)
    {
        var watch = Stopwatch.StartNew();
        TimeSpan before = engine.ProcessorTime;
        await Task.WhenAll(crowd.Select(EndOfAsync));
        return (engine.ProcessorTime - before, watch.Elapsed);
    }

    // One that was turned away before it was accepted hears a reset.
    private static async Task EndOfAsync(Socket socket)
    {
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken) > 0)
            {
                // What the engine says first.
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return;
        }
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
