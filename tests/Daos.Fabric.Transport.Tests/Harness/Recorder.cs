namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>A handler that keeps what it is told and lets the test react.</summary>
internal sealed class Recorder : ITransportHandler
{
    internal delegate void MessageAction(TransportConnection connection, in InboundMessage message);

    internal List<TransportConnection> Accepted { get; } = [];

    internal List<(TransportConnection Connection, DerCode Reason)> Closed { get; } = [];

    internal List<byte[]> Messages { get; } = [];

    internal long MessageCount { get; private set; }

    internal int WritableCount { get; private set; }

    internal bool Keep { get; set; } = true;

    internal MessageAction? OnEach { get; set; }

    internal Action<TransportConnection>? OnRoom { get; set; }

    public void OnAccepted(TransportConnection connection) => Accepted.Add(connection);

    public void OnMessage(TransportConnection connection, in InboundMessage message)
    {
        MessageCount++;
        if (Keep)
        {
            Messages.Add(message.Span.ToArray());
        }

        OnEach?.Invoke(connection, message);
    }

    public void OnWritable(TransportConnection connection)
    {
        WritableCount++;
        OnRoom?.Invoke(connection);
    }

    public void OnClosed(TransportConnection connection, DerCode reason) => Closed.Add((connection, reason));
}
