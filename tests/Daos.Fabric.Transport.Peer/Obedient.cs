namespace Daos.Fabric.Transport.Peer;

/// <summary>Does what the first byte of a message says. Owned by the loop.</summary>
internal sealed class Obedient(OwnerLoop loop) : ITransportHandler, IDisposable
{
    private const int TransferBytes = 1 << 20;

    private readonly NativeSlab _memory = new(2 * TransferBytes);

    private TransportConnection? _flooded;

    internal TransportContext Context { get; set; } = null!;

    public void Dispose() => _memory.Dispose();

    /// <summary>Sends small messages without end to whoever asked for that.</summary>
    internal void Turn()
    {
        using OwnerThread.EnterScope scope = loop.Enter();
        for (int i = 0; i < 64 && _flooded is { IsOpen: true, CanSend: true } connection; i++)
        {
            connection.BeginMessage(64).Clear();
            connection.EndMessage(64);
        }
    }

    public void OnAccepted(TransportConnection connection)
    {
    }

    public unsafe void OnMessage(TransportConnection connection, in InboundMessage message)
    {
        switch ((char)message.Span[0])
        {
            case 'E':
                message.Span.CopyTo(connection.BeginMessage(message.LengthBytes));
                connection.EndMessage(message.LengthBytes);
                break;
            case 'P':
                loop.Spawn(Transfer(connection, RemoteMemory.Read(message.Span[8..]), read: true));
                break;
            case 'G':
                loop.Spawn(Transfer(connection, RemoteMemory.Read(message.Span[8..]), read: false));
                break;
            case 'F':
                _flooded = connection;
                break;
            case 'M':
                RemoteMemory own = Context.Register(connection, _memory.Address, TransferBytes, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite);
                own.Write(connection.BeginMessage(RemoteMemory.SizeBytes));
                connection.EndMessage(RemoteMemory.SizeBytes);
                break;
        }
    }

    public void OnWritable(TransportConnection connection)
    {
    }

    public void OnClosed(TransportConnection connection, DerCode reason)
    {
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask Transfer(TransportConnection connection, RemoteMemory memory, bool read)
    {
        while ((await One(connection, memory, read)).IsSuccess)
        {
        }
    }

    private unsafe ValueTask<DerCode> One(TransportConnection connection, RemoteMemory memory, bool read) => read
        ? connection.ReadRemoteAsync(memory, 0, _memory.Address + TransferBytes, TransferBytes)
        : connection.WriteRemoteAsync(memory, 0, _memory.Address + TransferBytes, TransferBytes);
}
