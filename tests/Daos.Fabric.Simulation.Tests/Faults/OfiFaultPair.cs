using System.Diagnostics;
using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Transport.Ofi;

namespace Daos.Fabric.Simulation.Tests.Faults;

/// <summary>A client and a server over libfabric, each with faults of its own, driven in turn by the test's thread. The server echoes.</summary>
internal sealed unsafe class OfiFaultPair : IDisposable
{
    private const int TransferBytes = 1 << 20;
    private const long ConnectNs = 1_000_000_000;
    private static int s_names;

    private readonly Reactor.Reactor[] _reactors = [ReactorFactory.Create("epoll"), ReactorFactory.Create("epoll")];
    private readonly OwnerLoop[] _loops;
    private readonly Handler _clientHandler = new();
    private readonly Handler _serverHandler = new() { Echoes = true };
    private readonly NativeSlab _memory = new(2 * TransferBytes);
    private readonly OfiContext _client;
    private readonly OfiContext _server;
    private readonly TransportUri _address;
    private readonly List<TransportConnection> _connections = [];

    internal OfiFaultPair(string scheme)
    {
        _loops = [new OwnerLoop("client", _reactors[0], new OwnerLoopOptions()), new OwnerLoop("server", _reactors[1], new OwnerLoopOptions())];
        var provider = new OfiProvider();
        var options = new TransportOptions { Random = new SeededRandom(2) };
        _client = (OfiContext)provider.CreateContext(_loops[0], options with { Faults = ClientFaults }, _clientHandler);
        _server = (OfiContext)provider.CreateContext(_loops[1], options with { Random = new SeededRandom(3), Faults = ServerFaults }, _serverHandler);
        string name = $"daos-faults-{Environment.ProcessId}-{Interlocked.Increment(ref s_names)}";
        _address = _server.Listen(TransportUri.Parse(scheme == "ofi+shm" ? $"ofi+shm://{name}" : $"{scheme}://127.0.0.1:0")).Value;
        new SeededRandom(4).Fill(new Span<byte>(_memory.Address, TransferBytes));
    }

    internal FaultRegistry ClientFaults { get; } = new(new SeededRandom(1));

    internal FaultRegistry ServerFaults { get; } = new(new SeededRandom(1));

    /// <summary>What the newest connection ended with.</summary>
    internal DerCode? ClientEnd => _clientHandler.End;

    /// <summary>The same at the server.</summary>
    internal DerCode? ServerEnd => _serverHandler.End;

    private TransportConnection Newest => _connections[^1];

    /// <summary>A new connection, which everything else then uses.</summary>
    internal DerCode Connect()
    {
        _clientHandler.Reset();
        _serverHandler.Reset();
        DerResult<TransportConnection> result = Wait(() => _client.ConnectAsync(_address, _loops[0].Clock.MonotonicNs + ConnectNs));
        if (result.IsSuccess)
        {
            _connections.Add(result.Value);
            RunUntil(() => _serverHandler.Accepted is not null);
        }

        return result.Code;
    }

    internal void Send(int bytes)
    {
        using OwnerThread.EnterScope scope = _loops[0].Enter();
        Newest.BeginMessage(bytes).Fill(7);
        Newest.EndMessage(bytes);
    }

    /// <summary>Sends a message and waits until it came back.</summary>
    internal void Echo(int bytes)
    {
        int before = _clientHandler.Received;
        Send(bytes);
        RunUntil(() => _clientHandler.Received == before + bytes);
    }

    /// <summary>The client reads memory of the server's.</summary>
    internal DerCode Read(out bool isWhole)
    {
        var remote = default(RemoteMemory);
        using (_loops[1].Enter())
        {
            remote = _server.Register(_serverHandler.Accepted!, _memory.Address, TransferBytes, MemoryAccess.RemoteRead);
        }

        new Span<byte>(_memory.Address + TransferBytes, TransferBytes).Clear();
        DerCode code = Wait(() => Newest.ReadRemoteAsync(remote, 0, _memory.Address + TransferBytes, TransferBytes));
        isWhole = new Span<byte>(_memory.Address, TransferBytes).SequenceEqual(new Span<byte>(_memory.Address + TransferBytes, TransferBytes));
        return code;
    }

    /// <summary>What is not given back once all connections have ended.</summary>
    internal string DescribeHeld()
    {
        using (_loops[0].Enter())
        {
            _connections.ForEach(c => c.Close(DerCode.Shutdown));
        }

        RunUntil(() => _server.ConnectionCount == 0 && _client.ConnectionCount == 0);
        return _client.DescribeHeld() + _server.DescribeHeld();
    }

    internal void RunUntil(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "it did not come");
            Array.ForEach(_loops, loop => loop.RunTurn(0));
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        for (int i = 0; i < _loops.Length; i++)
        {
            using OwnerThread.EnterScope scope = _loops[i].Enter();
            _reactors[i].Dispose();
        }

        _memory.Dispose();
    }

    private T Wait<T>(Func<ValueTask<T>> start)
    {
        Task<T> task;
        using (_loops[0].Enter())
        {
            task = start().AsTask();
        }

        RunUntil(() => task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    private sealed class Handler : ITransportHandler
    {
        internal bool Echoes { get; init; }

        internal TransportConnection? Accepted { get; private set; }

        internal DerCode? End { get; private set; }

        internal int Received { get; private set; }

        internal void Reset() => (Accepted, End, Received) = (null, null, 0);

        public void OnAccepted(TransportConnection connection) => Accepted = connection;

        public void OnMessage(TransportConnection connection, in InboundMessage message)
        {
            Received += message.LengthBytes;
            if (Echoes)
            {
                message.Span.CopyTo(connection.BeginMessage(message.LengthBytes));
                connection.EndMessage(message.LengthBytes);
            }
        }

        public void OnWritable(TransportConnection connection)
        {
        }

        public void OnClosed(TransportConnection connection, DerCode reason) => End = reason;
    }
}
