using System.Net;
using System.Net.Sockets;

namespace Daos.Fabric.Transport;

/// <summary>
/// Host names in <c>tcp://name:port</c>. Owner threads see numeric addresses only, because asking for a name blocks: whoever starts a
/// context resolves first. Any thread but an owner thread whose loop runs.
/// </summary>
public static class HostNames
{
    /// <summary>
    /// The numeric addresses of a name, in the order in which the system prefers them; the address itself when there is no name in it.
    /// </summary>
    /// <exception cref="DaosException">DER_NONEXIST: nobody knows the name.</exception>
    public static IReadOnlyList<TransportUri> Resolve(TransportUri uri) =>
        HostOf(uri, out string port) is not { } host ? [uri] : Join(uri, host, port, Ask(uri, host));

    /// <summary>The same without blocking the caller.</summary>
    /// <exception cref="DaosException">DER_NONEXIST: nobody knows the name.</exception>
    public static async ValueTask<IReadOnlyList<TransportUri>> ResolveAsync(TransportUri uri, CancellationToken cancellationToken = default)
    {
        if (HostOf(uri, out string port) is not { } host)
        {
            return [uri];
        }

        try
        {
            return Join(uri, host, port, await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false));
        }
        catch (SocketException exception)
        {
            throw Unknown(uri, host, exception.SocketErrorCode);
        }
    }

    // Null where there is nothing to ask for: another scheme, a literal, or what ToSocketAddress refuses anyway.
    private static string? HostOf(TransportUri uri, out string port)
    {
        port = "";
        int colon = uri.Rest.LastIndexOf(':');
        if (uri.Scheme != "tcp" || colon <= 0 || uri.ToSocketAddress().IsSuccess)
        {
            return null;
        }

        string host = uri.Rest[..colon];
        port = uri.Rest[(colon + 1)..];
        return Uri.CheckHostName(host) == UriHostNameType.Dns ? host : null;
    }

    private static IPAddress[] Ask(TransportUri uri, string host)
    {
        try
        {
            return Dns.GetHostAddresses(host);
        }
        catch (SocketException exception)
        {
            throw Unknown(uri, host, exception.SocketErrorCode);
        }
    }

    private static TransportUri[] Join(TransportUri uri, string host, string port, IPAddress[] addresses) => addresses.Length == 0
        ? throw Unknown(uri, host, SocketError.HostNotFound)
        : [.. addresses.Select(a => TransportUri.Parse(a.AddressFamily == AddressFamily.InterNetworkV6 ? $"tcp://[{a}]:{port}" : $"tcp://{a}:{port}"))];

    private static DaosException Unknown(TransportUri uri, string host, SocketError error) =>
        new(DerCode.Nonexist, "resolve", uri.ToString(), $"the host name '{host}' is not known here ({error})");
}
