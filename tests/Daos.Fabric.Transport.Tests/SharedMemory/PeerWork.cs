namespace Daos.Fabric.Transport.Tests.SharedMemory;

/// <summary>What the surviving side does with one peer process: answer it, ask it, or read and write its memory, over and over.</summary>
internal sealed class PeerWork(TransportConnection connection, string kind, int bytes) : IDisposable
{
    private readonly NativeBlock _local = new(bytes);
    private RemoteMemory _memory;
    private bool _running;

    /// <summary>Operations that ended well.</summary>
    internal int Done { get; private set; }

    /// <summary>The newest outcome.</summary>
    internal DerCode LastCode { get; private set; } = DerCode.Success;

    /// <summary>True when nothing is under way.</summary>
    internal bool IsOver => !_running;

    internal void OnMessage(in InboundMessage message)
    {
        Done += kind is "send" or "reply" ? 1 : 0;
        if (kind == "reply")
        {
            Answer(message);
            return;
        }

        if (kind is "put" or "get" && !_running)
        {
            _memory = RemoteMemory.Read(message.Span);
            _running = true;
            _ = RunAsync();
        }
    }

    public void Dispose() => _local.Dispose();

    private void Answer(in InboundMessage message)
    {
        message.Span.CopyTo(connection.BeginMessage(message.LengthBytes));
        connection.EndMessage(message.LengthBytes);
    }

    private async Task RunAsync()
    {
        while (LastCode.IsSuccess)
        {
            LastCode = await Start();
            Done++;
        }

        _running = false;
    }

    private unsafe ValueTask<DerCode> Start() => kind == "get"
        ? connection.ReadRemoteAsync(_memory, 0, _local.Address, bytes)
        : connection.WriteRemoteAsync(_memory, 0, _local.Address, bytes);
}
