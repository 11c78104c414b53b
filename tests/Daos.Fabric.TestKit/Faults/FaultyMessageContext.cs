namespace Daos.Fabric.TestKit.Faults;

/// <summary>One context of a <see cref="FaultyMessageProvider"/>: it stands between the other context and the layer above, both ways. Owned by its loop.</summary>
internal sealed class FaultyMessageContext : TransportContext, ITransportHandler
{
    private readonly TransportContext _inner;
    private readonly ITransportHandler _handler;

    internal FaultyMessageContext(
        TransportProvider inner, OwnerLoop loop, TransportOptions options, ITransportHandler handler, MessageFaults faults, SeededRandom random)
    {
        _handler = handler;
        Faults = faults;
        Random = random;
        Room = GC.AllocateUninitializedArray<byte>(options.MessageBytesMax, pinned: true);
        _inner = inner.CreateContext(loop, options, this);
    }

    /// <inheritdoc/>
    public override OwnerLoop Loop => _inner.Loop;

    /// <inheritdoc/>
    public override TransportStatistics Statistics => _inner.Statistics;

    /// <inheritdoc/>
    public override bool IsQuiet => _inner.IsQuiet;

    internal MessageFaults Faults { get; }

    internal SeededRandom Random { get; }

    /// <summary>Where a message is written before its fate is known; one at a time, as the contract says.</summary>
    internal byte[] Room { get; }

    internal bool IsDisposed { get; private set; }

    /// <inheritdoc/>
    public override DerResult<TransportUri> Listen(TransportUri uri) => _inner.Listen(uri);

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public override async ValueTask<DerResult<TransportConnection>> ConnectAsync(TransportUri uri, long deadlineNs)
    {
        DerResult<TransportConnection> result = await _inner.ConnectAsync(uri, deadlineNs);
        return result.IsSuccess ? Of(result.Value) : result.Code;
    }

    /// <inheritdoc/>
    public override unsafe RemoteMemory Register(TransportConnection peer, byte* address, long lengthBytes, MemoryAccess access) =>
        _inner.Register(((FaultyMessageConnection)peer).Inner, address, lengthBytes, access);

    /// <inheritdoc/>
    public override bool Deregister(TransportConnection peer, RemoteMemory memory, WorkItem? whenSafe) =>
        _inner.Deregister(((FaultyMessageConnection)peer).Inner, memory, whenSafe);

    /// <inheritdoc/>
    public override void Dispose()
    {
        IsDisposed = true;
        _inner.Dispose();
    }

    /// <inheritdoc/>
    public void OnAccepted(TransportConnection connection) => _handler.OnAccepted(Of(connection));

    /// <inheritdoc/>
    public void OnMessage(TransportConnection connection, in InboundMessage message) => _handler.OnMessage(Of(connection), message);

    /// <inheritdoc/>
    public void OnWritable(TransportConnection connection) => _handler.OnWritable(Of(connection));

    /// <inheritdoc/>
    public void OnClosed(TransportConnection connection, DerCode reason) => _handler.OnClosed(Of(connection), reason);

    private FaultyMessageConnection Of(TransportConnection inner)
    {
        inner.Tag ??= new FaultyMessageConnection(this, inner);
        return (FaultyMessageConnection)inner.Tag;
    }
}
