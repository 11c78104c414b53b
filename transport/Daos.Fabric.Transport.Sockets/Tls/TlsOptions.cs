namespace Daos.Fabric.Transport.Sockets.Tls;

/// <summary>
/// Certificates for TLS 1.3 on <c>tcp://</c> (a unix socket is guarded by the file system's permissions and stays as it is). Both sides
/// need it: a peer without TLS is refused, whichever side has it, and no older version is spoken. Files are PEM and read when a context
/// opens. Immutable.
/// </summary>
public sealed record TlsOptions
{
    /// <summary>The authorities whose certificates peers must show, in both directions.</summary>
    public required string CaFile { get; init; }

    /// <summary>This side's certificate, followed by those between it and the authority.</summary>
    public required string CertificateFile { get; init; }

    /// <summary>The certificate's private key, not encrypted.</summary>
    public required string KeyFile { get; init; }

    /// <summary>The name (DNS name or common name) that a listener's certificate must have; null when the authority is enough.</summary>
    public string? PeerName { get; init; }

    /// <summary>Reads the files once, so that a mistake is told at start-up. Blocks.</summary>
    /// <exception cref="DaosException">DER_INVAL for a file that cannot be used, DER_MISC when OpenSSL 3 is missing; the message says why.</exception>
    public void Check() => TlsContext.Create(this).Dispose();

    /// <summary>The one version that is spoken; tests make a peer of an older one.</summary>
    internal int Version { get; init; } = Native.LibSsl.TLS1_3_VERSION;

    /// <summary>What both sides must name, so that another service's clients are refused; tests name another.</summary>
    internal string Protocol { get; init; } = "daos-fabric/1";
}
