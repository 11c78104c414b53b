using System.Globalization;
using System.Runtime.CompilerServices;
using Daos.Fabric.Transport.SharedMemory;

namespace Daos.Fabric.Transport.Tests.SharedMemory;

/// <summary>
/// The other process of <see cref="PeerDeathTests"/>: this executable started with a variable set. It connects, works until it is killed,
/// and ends by itself when the test's process is gone.
/// </summary>
internal sealed unsafe class PeerProcess : ITransportHandler
{
    internal const string Variable = "DAOS_TEST_SHM_PEER";

    private bool _ended;

    public void OnAccepted(TransportConnection connection)
    {
    }

    public void OnMessage(TransportConnection connection, in InboundMessage message)
    {
        message.Span.CopyTo(connection.BeginMessage(message.LengthBytes));
        connection.EndMessage(message.LengthBytes);
    }

    public void OnWritable(TransportConnection connection)
    {
    }

    public void OnClosed(TransportConnection connection, DerCode reason) => _ended = true;

#pragma warning disable CA2255 // The test executable's own entry point is generated; this runs before it.
    [ModuleInitializer]
    internal static void RunInstead()
#pragma warning restore CA2255
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text)
        {
            string[] fields = text.Split('|');
            new PeerProcess().Run(fields[0], fields[1], fields[2] == "1", int.Parse(fields[3], CultureInfo.InvariantCulture));
            Environment.Exit(0);
        }
    }

    private void Run(string directory, string kind, bool shared, int bytes)
    {
        var provider = new SharedMemoryProvider(new SharedMemoryOptions { Directory = directory });
        var loop = new OwnerLoop("peer", ReactorFactory.Create("epoll"), new OwnerLoopOptions());
        TransportContext context = provider.CreateContext(loop, new TransportOptions { Random = new SeededRandom((ulong)Environment.ProcessId) }, this);
        TransportConnection? connection = Connect(loop, context);
        if (connection is null)
        {
            return;
        }

        ShareableRegion region = ShareableRegion.TryCreate(bytes)!;
        if (shared)
        {
            provider.Share(region);
        }

        using (loop.Enter())
        {
            Begin(context, connection, region, kind, bytes);
        }

        while (!_ended)
        {
            loop.RunTurn(1_000_000);
            if (kind == "send")
            {
                SendSome(loop, connection);
            }
        }
    }

    private static TransportConnection? Connect(OwnerLoop loop, TransportContext context)
    {
        ValueTask<DerResult<TransportConnection>> connecting;
        using (loop.Enter())
        {
            connecting = context.ConnectAsync(TransportUri.Parse("shm://server"), loop.Clock.MonotonicNs + 60_000_000_000);
        }

        while (!connecting.IsCompleted)
        {
            loop.RunTurn(1_000_000);
        }

        DerResult<TransportConnection> result = connecting.GetAwaiter().GetResult();
        return result.IsSuccess ? result.Value : null;
    }

    // The first message: what the other side may reach, or something to answer.
    private static void Begin(TransportContext context, TransportConnection connection, ShareableRegion region, string kind, int bytes)
    {
        Span<byte> message = connection.BeginMessage(100);
        message.Clear();
        if (kind is "put" or "get")
        {
            context.Register(connection, region.Address, bytes, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite).Write(message);
        }

        connection.EndMessage(100);
    }

    private static void SendSome(OwnerLoop loop, TransportConnection connection)
    {
        using OwnerThread.EnterScope scope = loop.Enter();
        for (int i = 0; i < 100 && connection.CanSend; i++)
        {
            connection.BeginMessage(3000).Fill((byte)i);
            connection.EndMessage(3000);
        }
    }
}
