namespace Daos.Fabric.TestKit.Faults;

/// <summary>
/// Another provider whose outgoing messages are lost, doubled and overtaken from a seed: what a wire without streams would do to the layer
/// above, which has to live with it. One-sided transfers and connections are the other provider's, untouched. On any loop, real or
/// simulated; held messages wait on the loop's timers. Any thread.
/// </summary>
/// <param name="inner">Carries everything.</param>
/// <param name="faults">Looked at for each message; changed only on the thread of the contexts that are open.</param>
/// <param name="random">Each context forks its own.</param>
public sealed class FaultyMessageProvider(TransportProvider inner, MessageFaults faults, SeededRandom random) : TransportProvider
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Schemes => inner.Schemes;

    /// <inheritdoc/>
    public override TransportContext CreateContext(OwnerLoop loop, TransportOptions options, ITransportHandler handler) =>
        new FaultyMessageContext(inner, loop, options, handler, faults, random.Fork());
}
