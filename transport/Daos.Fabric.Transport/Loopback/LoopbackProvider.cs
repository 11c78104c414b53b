namespace Daos.Fabric.Transport.Loopback;

/// <summary>
/// <c>loopback://name</c>: contexts of one process that share a hub. On one owner thread a message is written once and read where it
/// lies; between owner threads it is handed over through the other's inbox. Any thread.
/// </summary>
/// <param name="hub">Contexts reach each other when their providers share it.</param>
public sealed class LoopbackProvider(LoopbackHub hub) : TransportProvider
{
    /// <summary>The scheme of its addresses.</summary>
    public const string Scheme = "loopback";

    private static readonly string[] s_schemes = [Scheme];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Schemes => s_schemes;

    /// <inheritdoc/>
    public override TransportContext CreateContext(OwnerLoop loop, TransportOptions options, ITransportHandler handler) =>
        new LoopbackContext(hub, loop, options, handler);
}
