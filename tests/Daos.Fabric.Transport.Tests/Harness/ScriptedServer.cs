using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>A listening context whose peers are played by the test.</summary>
internal sealed class ScriptedServer : IDisposable
{
    internal ScriptedServer(Func<TransportOptions, TransportOptions>? change = null, Transport.Sockets.Tls.TlsOptions? tls = null)
    {
        Loop = new OwnerLoop("server", Reactor, new OwnerLoopOptions());
        var options = new TransportOptions { Random = new SeededRandom(3) };
        Context = (SocketContext)new SocketsProvider { Tls = tls }.CreateContext(Loop, change?.Invoke(options) ?? options, Handler);
        Assert.True(Context.Listen(TransportUri.Parse("tcp://127.0.0.1:1")).IsSuccess);
    }

    internal ScriptedReactor Reactor { get; } = new();

    internal OwnerLoop Loop { get; }

    internal SocketContext Context { get; }

    internal Recorder Handler { get; } = new();

    /// <summary>A connected socket, before any hello.</summary>
    internal int ConnectMute()
    {
        using OwnerThread.EnterScope scope = Loop.Enter();
        return Reactor.Connect();
    }

    /// <summary>A connection that said hello and was accepted.</summary>
    internal int Connect()
    {
        int socket = ConnectMute();
        Feed(socket, Frames.HelloFrame());
        Assert.NotEmpty(Handler.Accepted);
        Reactor.SentOn(socket).Clear();
        return socket;
    }

    internal void Feed(int socket, ReadOnlySpan<byte> bytes, int pieceMax = int.MaxValue)
    {
        Reactor.Feed(socket, bytes, pieceMax);
        Run(bytes.Length / Math.Min(pieceMax, 4096) + 8);
    }

    internal void Run(int turns = 8)
    {
        for (int i = 0; i < turns; i++)
        {
            Loop.RunTurn(0);
        }
    }

    internal void On(Action action)
    {
        using OwnerThread.EnterScope scope = Loop.Enter();
        action();
    }

    /// <summary>The frames sent on a socket, hello aside.</summary>
    internal List<(byte Kind, byte Flags, uint Argument, byte[] Payload, uint Status)> Sent(int socket) =>
        Frames.Parse(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Reactor.SentOn(socket)));

    public void Dispose()
    {
        Reactor.HoldSends = false;
        Context.Dispose();
        Run();
        Assert.Equal(0, Reactor.OpenSockets);
        Assert.Equal("", Context.DescribeHeld());
    }
}
