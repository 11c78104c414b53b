using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.Tests.Harness;

/// <summary>A context that knows whether it was disposed. Owned by its loop.</summary>
internal sealed unsafe class RecordingContext(TransportContext inner) : TransportContext
{
    private volatile bool _isDisposed;

    public override OwnerLoop Loop => inner.Loop;

    public override TransportStatistics Statistics => inner.Statistics;

    public override bool IsQuiet => inner.IsQuiet;

    /// <summary>Any thread.</summary>
    internal bool IsDisposed => _isDisposed;

    public override DerResult<TransportUri> Listen(TransportUri uri) => inner.Listen(uri);

    public override ValueTask<DerResult<TransportConnection>> ConnectAsync(TransportUri uri, long deadlineNs) => inner.ConnectAsync(uri, deadlineNs);

    public override RemoteMemory Register(TransportConnection peer, byte* address, long lengthBytes, MemoryAccess access) =>
        inner.Register(peer, address, lengthBytes, access);

    public override bool Deregister(TransportConnection peer, RemoteMemory memory, WorkItem? whenSafe) => inner.Deregister(peer, memory, whenSafe);

    public override void UseSlab(NativeSlab slab) => inner.UseSlab(slab);

    public override void Dispose()
    {
        _isDisposed = true;
        inner.Dispose();
    }
}
