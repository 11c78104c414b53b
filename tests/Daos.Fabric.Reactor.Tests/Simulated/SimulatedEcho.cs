using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Reactor.Tests.Simulated;

/// <summary>A client that sends a stream of known bytes to an echo server on another node and checks what comes back.</summary>
internal sealed unsafe class SimulatedEcho : IDisposable
{
    private const int Chunk = 8192;

    private readonly NativeSlab _slab = new(4 * Chunk);
    private readonly OwnerLoop _server;
    private readonly OwnerLoop _client;
    private readonly long _total;
    private readonly RecordingOperation _accept = new();
    private readonly RecordingOperation _connect = new();
    private readonly RecordingOperation _serverReceive = new();
    private readonly RecordingOperation _serverSend = new();
    private readonly RecordingOperation _clientReceive = new();
    private readonly RecordingOperation _clientSend = new();
    private int _serverSocket;
    private int _echoAt;
    private int _echoEnd;

    public SimulatedEcho(ulong seed, long total)
    {
        World = new SimulatedWorld(seed);
        ServerNode = World.AddNode("server");
        ClientNode = World.AddNode("client");
        _server = ServerNode.AddLoop("server");
        _client = ClientNode.AddLoop("client");
        _total = total;
        ListenerHandle listener = _server.Reactor.Listen(SocketAddress.Tcp(System.Net.IPAddress.Loopback, 0), 8).Value;
        _accept.OnComplete = OnAccept;
        _connect.OnComplete = (fd, _) => OnConnect(fd);
        _serverReceive.OnComplete = (count, _) => OnServerReceive(count);
        _serverSend.OnComplete = (count, _) => OnServerSend(count);
        _clientReceive.OnComplete = (count, _) => OnClientReceive(count);
        _clientSend.OnComplete = (count, _) => OnClientSend(count);
        World.On(_server, () => _server.Reactor.Accept(listener.Descriptor, _accept));
        World.On(_client, () => _client.Reactor.Connect(listener.Address, _connect));
    }

    public SimulatedWorld World { get; }

    public SimulatedNode ServerNode { get; }

    public SimulatedNode ClientNode { get; }

    public long Sent { get; private set; }

    public long Received { get; private set; }

    public int ClientError { get; private set; }

    public int ClientSocket { get; private set; }

    public bool IsOver => Received == _total || ClientError != 0;

    public void Dispose() => _slab.Dispose();

    private static byte ByteAt(long position) => (byte)((position * 7) ^ (position >> 8));

    private void OnAccept(int socket, bool more)
    {
        _serverSocket = socket;
        _server.Reactor.Receive(socket, _slab.Address, Chunk, _serverReceive);
    }

    private void OnServerReceive(int count)
    {
        if (count > 0)
        {
            _echoAt = 0;
            _echoEnd = count;
            OnServerSend(0);
        }
    }

    private void OnServerSend(int count)
    {
        if (count < 0)
        {
            return;
        }

        _echoAt += count;
        if (_echoAt == _echoEnd)
        {
            _server.Reactor.Receive(_serverSocket, _slab.Address, Chunk, _serverReceive);
            return;
        }

        // Two pieces, so that vectors are part of the run.
        int half = (_echoEnd - _echoAt + 1) / 2;
        ReadOnlySpan<IoVector> pieces =
        [
            new IoVector(_slab.Address + _echoAt, (nuint)half),
            new IoVector(_slab.Address + _echoAt + half, (nuint)(_echoEnd - _echoAt - half)),
        ];
        _server.Reactor.Send(_serverSocket, pieces, _serverSend);
    }

    private void OnConnect(int socket)
    {
        if (socket < 0)
        {
            ClientError = socket;
            return;
        }

        ClientSocket = socket;
        _client.Reactor.Receive(socket, _slab.Address + Chunk, Chunk, _clientReceive);
        OnClientSend(0);
    }

    private void OnClientSend(int count)
    {
        if (count < 0)
        {
            ClientError = count;
            return;
        }

        Sent += count;
        int length = (int)Math.Min(Chunk, _total - Sent);
        if (length > 0)
        {
            byte* memory = _slab.Address + (2 * Chunk);
            for (int i = 0; i < length; i++)
            {
                memory[i] = ByteAt(Sent + i);
            }

            _client.Reactor.Send(ClientSocket, [new IoVector(memory, (nuint)length)], _clientSend);
        }
    }

    private void OnClientReceive(int count)
    {
        if (count <= 0)
        {
            ClientError = count == 0 ? int.MinValue : count;
            return;
        }

        for (int i = 0; i < count; i++)
        {
            Assert.Equal(ByteAt(Received + i), _slab.Address[Chunk + i]);
        }

        Received += count;
        if (Received < _total)
        {
            _client.Reactor.Receive(ClientSocket, _slab.Address + Chunk, Chunk, _clientReceive);
        }
    }
}
