using Daos.Fabric.Transport.Sockets.Tls;

namespace Daos.Fabric.Transport.Sockets;

/// <summary>
/// <c>tcp://host:port</c> and <c>unix:///path</c> (WIRE.md). One-sided transfers are done by the provider on both sides, straight between
/// the registered memory and the socket, without waking the layer above. Any thread.
/// </summary>
public sealed class SocketsProvider : TransportProvider
{
    private static readonly string[] s_schemes = ["tcp", "unix"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Schemes => s_schemes;

    /// <summary>Makes the record layer of a connection (true: of its accepting side); null for none.</summary>
    internal Func<bool, RecordLayer>? RecordLayers { get; init; }

    /// <summary>Certificates for TLS on tcp; null for plain tcp.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>
    /// False sends the bytes of one-sided transfers through the socket always. True lets large ones over a unix socket be copied from one
    /// process's memory to the other's, where both run under one user and the kernel permits it.
    /// </summary>
    public bool UseProcessMemory { get; init; } = true;

    /// <inheritdoc/>
    /// <exception cref="DaosException">DER_INVAL for a certificate file that cannot be used, DER_MISC when OpenSSL 3 is missing.</exception>
    public override TransportContext CreateContext(OwnerLoop loop, TransportOptions options, ITransportHandler handler) =>
        new SocketContext(loop, options, handler, RecordLayers, Tls is null ? null : TlsContext.Create(Tls)) { UseProcessMemory = UseProcessMemory };
}
