using System.Net.Sockets;
using Daos.Fabric.Protocol.Drpc;
using Daos.Fabric.Protocol.Drpc.Sockets;

namespace Daos.Fabric.Rpc.Tests.Protocol.Drpc;

/// <summary>A listener at a socket of its own, with a module that tests script, driven until disposed.</summary>
internal sealed class DrpcPair : IDrpcModule, IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly string _directory;

    public DrpcPair(int sessionsMax = DrpcLimits.SessionsMax, bool isDriven = true)
    {
        _directory = Directory.CreateTempSubdirectory("drpc").FullName;
        Path = System.IO.Path.Combine(_directory, "s.sock");
        Socket = DrpcSocketFile.Listen(Path);
        Listener = new DrpcListener(Socket, new DrpcDispatcher([this], Log), Delay, Log, sessionsMax);
        Client = new DrpcClient(Path);
        Running = isDriven ? Listener.RunAsync(_end.Token) : null;
    }

    public static Func<long, CancellationToken, Task> Delay { get; } =
        static (delayNs, cancel) => Task.Delay(TimeSpan.FromMicroseconds(delayNs / 1000), cancel);

    public string Path { get; }

    public Socket Socket { get; }

    public DrpcListener Listener { get; }

    public DrpcClient Client { get; }

    public Task<DerCode>? Running { get; }

    public List<string> Sentences { get; } = [];

    public int Id => DrpcModules.Test;

    /// <summary>What the module does; echoes at first.</summary>
    public Func<DrpcCall, CancellationToken, Task<DrpcReply>> Handler { get; set; } = static (call, _) => Task.FromResult(DrpcReply.Of(call.Body));

    public Task<DrpcReply> HandleAsync(DrpcCall call, CancellationToken cancel) => Handler(call, cancel);

    /// <summary>A connection of its own, that sends what it pleases.</summary>
    public async Task<DrpcConnection> ConnectAsync() => (await DrpcConnection.ConnectAsync(Path, default)).Value;

    /// <summary>A bare socket.</summary>
    public Socket ConnectRaw()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Path));
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _end.CancelAsync();
        if (Running is not null)
        {
            await Running;
        }

        await Listener.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private void Log(string sentence)
    {
        lock (Sentences)
        {
            Sentences.Add(sentence);
        }
    }
}
