using System.Buffers;
using System.Text;

namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <summary>What a URI means to libfabric: provider, node and service. Immutable.</summary>
internal sealed record OfiAddress(string Scheme, string Provider, string? Node, string Service)
{
    private const string SchemePrefix = "ofi+";
    private const int NameLengthMax = 64;

    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>True for shm, whose addresses are names of this node.</summary>
    internal bool IsName => Node is null;

    /// <summary>Reads <c>ofi+provider://host:port</c> (an IP literal or localhost) or <c>ofi+shm://name</c>; null when it is neither.</summary>
    internal static OfiAddress? TryParse(TransportUri uri)
    {
        if (!OfiProvider.IsScheme(uri.Scheme))
        {
            return null;
        }

        string provider = uri.Scheme[SchemePrefix.Length..];
        if (provider == "shm")
        {
            return IsValidName(uri.Rest) ? new OfiAddress(uri.Scheme, provider, null, uri.Rest) : null;
        }

        string text = uri.Rest.StartsWith("localhost:", StringComparison.Ordinal) ? "127.0.0.1" + uri.Rest["localhost".Length..] : uri.Rest;
        int port = text.LastIndexOf(':');
        return port > 0 && System.Net.IPEndPoint.TryParse(text, out System.Net.IPEndPoint? endpoint)
            ? new OfiAddress(uri.Scheme, provider, endpoint.Address.ToString(), endpoint.Port.ToString())
            : null;
    }

    /// <summary>Text as C wants it.</summary>
    internal static byte[] CString(string text) => Encoding.UTF8.GetBytes(text + '\0');

    /// <summary>True for a name that is safe as a file's.</summary>
    internal static bool IsValidName(string name) => name.Length <= NameLengthMax && !name.AsSpan().ContainsAnyExcept(s_nameCharacters);
}
