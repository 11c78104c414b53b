using Daos.Fabric.Bench.Options;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Reactor;
using Daos.Fabric.Transport;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Bench.Engines;

/// <summary>Connections that greet, answer when the engine asks whether they are there, and say nothing else. Owned by the job's loop.</summary>
internal sealed class IdleConnections : ITransportHandler, IDisposable
{
    private readonly TransportContext _context;

    internal IdleConnections(JobOptions options, OwnerLoop loop)
    {
        var limits = new TransportOptions { Random = new SeededRandom(SystemEntropy.Seed()), ConnectionsMax = options.IdleConnections };
        _context = new SocketsProvider { Tls = options.Tls }.CreateContext(loop, limits, this);
    }

    /// <summary>Opens so many, one after the other.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask OpenAsync(TransportUri uri, int count, long deadlineNs)
    {
        for (int i = 0; i < count; i++)
        {
            DerResult<TransportConnection> connection = await _context.ConnectAsync(uri, deadlineNs);
            if (!connection.IsSuccess)
            {
                throw new DaosException(connection.Code, "connect", uri.ToString(), $"connection {i + 1} of {count} that were to stay idle");
            }
        }
    }

    /// <summary>Those that are open.</summary>
    internal int OpenCount => _context.Statistics.Connections;

    public void Dispose() => _context.Dispose();

    void ITransportHandler.OnAccepted(TransportConnection connection)
    {
    }

    void ITransportHandler.OnMessage(TransportConnection connection, in InboundMessage message)
    {
    }

    void ITransportHandler.OnWritable(TransportConnection connection)
    {
    }

    void ITransportHandler.OnClosed(TransportConnection connection, DerCode reason)
    {
    }
}
