using System.Diagnostics.CodeAnalysis;

namespace Daos.Fabric.Transport;

/// <summary>
/// The address of a context: <c>tcp://host:port</c>, <c>unix:///path</c>, <c>loopback://name</c>. Any thread.
/// </summary>
public sealed record TransportUri
{
    private const int LengthMax = 128;

    private TransportUri(string scheme, string rest)
    {
        Scheme = scheme;
        Rest = rest;
    }

    /// <summary>The provider's scheme.</summary>
    public string Scheme { get; }

    /// <summary>Everything after <c>://</c>.</summary>
    public string Rest { get; }

    /// <summary>Reads an address; the error says what is wrong with it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TransportUri? uri, [NotNullWhen(false)] out string? error)
    {
        uri = null;
        int colon = text.IndexOf("://", StringComparison.Ordinal);
        error = text.Length > LengthMax ? $"the address is longer than {LengthMax} characters"
            : colon <= 0 ? $"'{text}' has no scheme; addresses look like tcp://127.0.0.1:10001 or unix:///run/daos.sock"
            : colon + 3 == text.Length ? $"'{text}' has nothing after the scheme"
            : null;
        if (error is not null)
        {
            return false;
        }

        uri = new TransportUri(text[..colon], text[(colon + 3)..]);
        return true;
    }

    /// <summary>Reads an address that is known to be well-formed.</summary>
    public static TransportUri Parse(string text) => TryParse(text, out TransportUri? uri, out string? error) ? uri : throw new FormatException(error);

    /// <summary>The socket behind <c>tcp://</c> (an IP literal or localhost; other names: <see cref="HostNames"/>) or <c>unix://</c>.</summary>
    public DerResult<SocketAddress> ToSocketAddress()
    {
        if (Scheme == "unix")
        {
            return Rest.StartsWith('/') ? SocketAddress.Unix(Rest) : DerCode.BadPath;
        }

        string text = Rest.StartsWith("localhost:", StringComparison.Ordinal) ? "127.0.0.1" + Rest["localhost".Length..] : Rest;
        int port = text.LastIndexOf(':');
        return port > 0 && System.Net.IPEndPoint.TryParse(text, out System.Net.IPEndPoint? endpoint) ? SocketAddress.Tcp(endpoint.Address, endpoint.Port) : DerCode.Invalid;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Scheme}://{Rest}";
}
