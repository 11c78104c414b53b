namespace Daos.Fabric.Rpc.Tests.Harness;

/// <summary>A peer that sends messages of the test's choice over a real transport connection and records what comes back.</summary>
internal sealed class RawPeer : ITransportHandler, IDisposable
{
    private readonly RpcWorld _world;
    private readonly TransportContext _context;

    internal RawPeer(RpcWorld world, TransportProvider provider)
    {
        _world = world;
        _context = provider.CreateContext(world.ClientLoop, new TransportOptions { Random = new SeededRandom(3) }, this);
    }

    internal List<byte[]> Messages { get; } = [];

    internal DerCode? Closed { get; private set; }

    internal TransportConnection Connection { get; private set; } = null!;

    /// <summary>Called with each message, on the loop.</summary>
    internal Action<TransportConnection, byte[]>? Respond { get; set; }

    internal List<TransportConnection> Accepted { get; } = [];

    internal TransportUri Listen(TransportUri uri) => _context.Listen(uri).Value;

    internal void Connect() => _world.Run(async () => Connection = (await _context.ConnectAsync(_world.Address, _world.DeadlineIn(5_000_000_000))).Value);

    /// <summary>Sends one message; on the loop.</summary>
    internal static void Write(TransportConnection connection, ReadOnlySpan<byte> message)
    {
        message.CopyTo(connection.BeginMessage(message.Length));
        connection.EndMessage(message.Length);
    }

    internal void Send(byte[] message) => _world.World.On(_world.ClientLoop, () => Write(Connection, message));

    /// <summary>A request that is well-formed.</summary>
    internal static byte[] Request(RpcOpcode opcode, ulong rpcId, byte[] payload, RpcFlags flags = RpcFlags.None, int deadlineMs = 1000, ulong hlc = 0, ulong ticket = 0)
    {
        int headBytes = RpcHeaderWire.SizeBytes + ((flags & RpcFlags.Queued) != 0 ? PlaceWire.SizeBytes : 0);
        byte[] message = new byte[headBytes + payload.Length];
        if ((flags & RpcFlags.Queued) != 0)
        {
            MemoryMarshal.Write(message.AsSpan(RpcHeaderWire.SizeBytes), new PlaceWire { QueueTicket = ticket });
        }

        MemoryMarshal.Write(message, new RpcHeaderWire
        {
            Opcode = opcode.Value,
            Flags = (ushort)flags,
            Version = RpcHeaderWire.CurrentVersion,
            RpcId = rpcId,
            Hlc = hlc,
            SourceRank = uint.MaxValue,
            DestinationRank = uint.MaxValue,
            Tag = 2,
            DeadlineMsOrCode = deadlineMs,
            PayloadBytes = (uint)payload.Length,
        });
        payload.CopyTo(message, headBytes);
        return message;
    }

    internal static RpcHeaderWire HeaderOf(byte[] message) => MemoryMarshal.Read<RpcHeaderWire>(message);

    /// <summary>The hint and the place in an overloaded peer's answer; nothing in any other.</summary>
    internal static PlaceWire PlaceOf(byte[] message) =>
        (HeaderOf(message).Flags & (ushort)RpcFlags.Queued) != 0 ? MemoryMarshal.Read<PlaceWire>(message.AsSpan(RpcHeaderWire.SizeBytes)) : default;

    public void Dispose() => _context.Dispose();

    void ITransportHandler.OnAccepted(TransportConnection connection) => Accepted.Add(connection);

    void ITransportHandler.OnMessage(TransportConnection connection, in InboundMessage message)
    {
        byte[] copy = message.Span.ToArray();
        Messages.Add(copy);
        Respond?.Invoke(connection, copy);
    }

    void ITransportHandler.OnWritable(TransportConnection connection)
    {
    }

    void ITransportHandler.OnClosed(TransportConnection connection, DerCode reason) => Closed = reason;
}
