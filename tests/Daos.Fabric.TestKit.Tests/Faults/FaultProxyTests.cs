using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Daos.Fabric.TestKit.Faults;
using Daos.Fabric.Transport;

namespace Daos.Fabric.TestKit.Tests.Faults;

/// <summary>The proxy over real sockets: what passes, what it slows, and how connections end.</summary>
public sealed class FaultProxyTests : IDisposable
{
    private const int Bytes = 400_000;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("daos-proxy-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NoFaults_EveryByteBothWays_AndTheEndToo(bool unix)
    {
        (Socket near, Socket far, FaultProxy proxy, Socket listener) = await ConnectAsync(FaultPlan.None, unix);
        Assert.Equal(Bytes, await MoveAsync(near, far));
        Assert.Equal(Bytes, await MoveAsync(far, near));
        near.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await far.ReceiveAsync(new byte[1]));
        far.Dispose();
        Assert.Equal(0, await near.ReceiveAsync(new byte[1]));
        near.Dispose();
        listener.Dispose();
        await proxy.DisposeAsync();
        Assert.Equal((1, 0), (proxy.Connections, proxy.Open));
    }

    [Fact]
    public async Task DelayAndRate_TakeAtLeastSoLong()
    {
        var plan = new FaultPlan { Delay = TimeSpan.FromMilliseconds(50), BytesPerSecond = 2_000_000 };
        (Socket near, Socket far, FaultProxy proxy, Socket listener) = await ConnectAsync(plan, unix: false);
        var watch = Stopwatch.StartNew();
        await near.SendAsync(new byte[1]);
        Assert.Equal(1, await far.ReceiveAsync(new byte[10]));
        Assert.True(watch.ElapsedMilliseconds >= 50, $"{watch.ElapsedMilliseconds} ms");
        watch.Restart();
        await MoveAsync(near, far);
        Assert.True(watch.ElapsedMilliseconds >= 200, $"{watch.ElapsedMilliseconds} ms for {Bytes} bytes");
        await EndAsync(near, far, proxy, listener);
    }

    [Fact]
    public async Task Reset_BothSidesHearIt()
    {
        (Socket near, Socket far, FaultProxy proxy, Socket listener) = await ConnectAsync(Plan(StreamFault.Reset), unix: false);
        await Assert.ThrowsAsync<SocketException>(() => MoveAsync(near, far));
        await Assert.ThrowsAsync<SocketException>(async () => await near.ReceiveAsync(new byte[1]));
        Assert.Equal(1, proxy.CountOf(StreamFault.Reset));
        await EndAsync(near, far, proxy, listener);
    }

    [Fact]
    public async Task HalfClose_TheOtherDirectionGoesOn()
    {
        (Socket near, Socket far, FaultProxy proxy, Socket listener) = await ConnectAsync(Plan(StreamFault.HalfClose), unix: false);
        await near.SendAsync(new byte[60_000]);
        Assert.InRange(await ReceiveAllAsync(far), 1_000, 59_999);
        await far.SendAsync(new byte[10]);
        Assert.Equal(10, await near.ReceiveAsync(new byte[20]));
        await EndAsync(near, far, proxy, listener);
    }

    [Fact]
    public async Task Truncate_BothSidesHearTheEnd()
    {
        (Socket near, Socket far, FaultProxy proxy, Socket listener) = await ConnectAsync(Plan(StreamFault.Truncate), unix: false);
        await near.SendAsync(new byte[60_000]);
        Assert.InRange(await ReceiveAllAsync(far), 1_000, 59_999);
        Assert.Equal(0, await ReceiveAllAsync(near));
        await EndAsync(near, far, proxy, listener);
    }

    [Fact]
    public async Task HoldAndRelease_NothingPassesMeanwhile()
    {
        (Socket near, Socket far, FaultProxy proxy, Socket listener) = await ConnectAsync(FaultPlan.None, unix: false);
        proxy.Hold();
        await near.SendAsync(new byte[5]);
        Task<int> received = far.ReceiveAsync(new byte[10]);
        await Assert.ThrowsAsync<TimeoutException>(() => received.WaitAsync(TimeSpan.FromMilliseconds(100)));
        proxy.Release();
        Assert.Equal(5, await received);
        await EndAsync(near, far, proxy, listener);
    }

    private static FaultPlan Plan(StreamFault fault) => new() { Faults = [fault], GapBytesMax = 20_000 };

    private static async Task EndAsync(Socket near, Socket far, FaultProxy proxy, Socket listener)
    {
        near.Dispose();
        far.Dispose();
        listener.Dispose();
        await proxy.DisposeAsync();
        Assert.Equal(0, proxy.Open);
    }

    private static async Task<int> MoveAsync(Socket from, Socket to)
    {
        byte[] sent = new byte[Bytes];
        new Core.Randomness.SeededRandom(3).Fill(sent);
        Task sending = Task.Run(async () =>
        {
            for (int at = 0; at < Bytes;)
            {
                at += await from.SendAsync(sent.AsMemory(at));
            }
        });
        byte[] received = new byte[Bytes];
        int count = 0;
        while (count < Bytes)
        {
            int here = await to.ReceiveAsync(received.AsMemory(count));
            Assert.True(here > 0, "the stream ended");
            count += here;
        }

        await sending;
        Assert.Equal(sent, received);
        return count;
    }

    private static async Task<int> ReceiveAllAsync(Socket socket)
    {
        byte[] buffer = new byte[70_000];
        int count = 0;
        while (await socket.ReceiveAsync(buffer) is > 0 and int here)
        {
            count += here;
        }

        return count;
    }

    private async Task<(Socket Near, Socket Far, FaultProxy Proxy, Socket Listener)> ConnectAsync(FaultPlan plan, bool unix)
    {
        var listener = new Socket(unix ? AddressFamily.Unix : AddressFamily.InterNetwork, SocketType.Stream, unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        string path = $"{_directory.FullName}/s";
        listener.Bind(unix ? new UnixDomainSocketEndPoint(path) : new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        TransportUri target = TransportUri.Parse(unix ? $"unix://{path}" : $"tcp://{listener.LocalEndPoint}");
        FaultProxy proxy = FaultProxy.Start(target, plan, seed: 1, $"{_directory.FullName}/p");
        var near = new Socket(listener.AddressFamily, SocketType.Stream, listener.ProtocolType);
        string own = proxy.Address.ToString();
        await near.ConnectAsync(unix ? new UnixDomainSocketEndPoint(own["unix://".Length..]) : IPEndPoint.Parse(own["tcp://".Length..]));
        Socket far = await listener.AcceptAsync();
        return (near, far, proxy, listener);
    }
}
