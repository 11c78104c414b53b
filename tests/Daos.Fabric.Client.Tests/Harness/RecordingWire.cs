using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.Tests.Harness;

/// <summary>A provider whose contexts are known to the test, and which may refuse to make one. Any thread.</summary>
internal sealed class RecordingWire(TransportProvider inner, int contextsMax) : TransportProvider
{
    private readonly List<RecordingContext> _contexts = [];

    public override IReadOnlyList<string> Schemes => inner.Schemes;

    /// <summary>Made so far; read when nobody makes any.</summary>
    internal IReadOnlyList<RecordingContext> Contexts => _contexts;

    public override TransportContext CreateContext(OwnerLoop loop, TransportOptions options, ITransportHandler handler)
    {
        if (_contexts.Count == contextsMax)
        {
            throw new DaosException(DerCode.NoMemory, "open the wire", loop.Name, "the test allows no more");
        }

        _contexts.Add(new RecordingContext(inner.CreateContext(loop, options, handler)));
        return _contexts[^1];
    }
}
