using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Daos.Fabric.Metadata.Etcd.Connections;

/// <summary>Makes the connections: TLS against one authority, and keep-alive probes, so that a watch notices a member that fell silent.</summary>
internal static class EtcdHandler
{
    private const int ProbeAfterSeconds = 5;
    private const int ProbeEverySeconds = 2;
    private const int Probes = 3;

    /// <summary>Throws <see cref="DaosException"/> (DER_NO_CERT) with the file that cannot be read and why.</summary>
    internal static SocketsHttpHandler Create(EtcdOptions options) => new()
    {
        ConnectTimeout = TimeSpan.FromMilliseconds(options.ConnectTimeoutMs),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectCallback = ConnectAsync,
        SslOptions = SecurityOf(options),
    };

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, ProbeAfterSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeEverySeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
            await socket.ConnectAsync(context.DnsEndPoint, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static SslClientAuthenticationOptions SecurityOf(EtcdOptions options)
    {
        var security = new SslClientAuthenticationOptions();
        if (options.CaFile is { } caFile)
        {
            var trusted = new X509Certificate2Collection();
            Read(caFile, () => trusted.ImportFromPemFile(caFile));
            security.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            security.CertificateChainPolicy.CustomTrustStore.AddRange(trusted);
        }

        if (options.CertificateFile is { } certificateFile)
        {
            Read($"{certificateFile} or {options.KeyFile}", () =>
                security.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificateFile, options.KeyFile)]);
        }

        return security;
    }

    private static void Read(string files, Action read)
    {
        try
        {
            read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new DaosException(DerCode.NoCert, "open metadata", files, exception.Message);
        }
    }
}
