using System.Globalization;

namespace Daos.Fabric.Engine.Hosting;

/// <summary>Derives the address on which an xstream listens from the engine's primary address. Pure functions.</summary>
public static class TagUri
{
    /// <summary>
    /// The address of a tag: schemes with ports (<c>tcp</c>, and <c>ofi+</c> but <c>ofi+shm</c>) add the tag to the port (0 stays 0), every other
    /// scheme appends "." and the tag. Tag 0 has the primary address itself. DER_INVAL without a port, or for one beyond 65535.
    /// </summary>
    public static DerResult<TransportUri> Derive(TransportUri primary, int tag)
    {
        if (tag == 0)
        {
            return primary;
        }

        if (!HasPort(primary.Scheme))
        {
            return Parse($"{primary}.{tag.ToString(CultureInfo.InvariantCulture)}");
        }

        if (!TryPort(primary, out int port))
        {
            return DerCode.Invalid;
        }

        int derived = port == 0 ? 0 : port + tag;
        return derived > ushort.MaxValue ? DerCode.Invalid : WithPort(primary, derived);
    }

    /// <summary>
    /// Where a tag may listen when its own port is in use: the ports behind those of all tags, up to the range's last. Nothing without a
    /// range, or when the primary port is not in it.
    /// </summary>
    internal static IEnumerable<TransportUri> Alternatives(TransportUri primary, int tagMax, PortRange? range)
    {
        if (range is not { } ports || primary.Scheme != "tcp" || !TryPort(primary, out int port) || port < ports.First || port > ports.Last)
        {
            yield break;
        }

        for (int other = port + tagMax + 1; other <= ports.Last; other++)
        {
            yield return WithPort(primary, other).Value;
        }
    }

    private static bool TryPort(TransportUri uri, out int port)
    {
        int colon = uri.Rest.LastIndexOf(':');
        bool read = ushort.TryParse(uri.Rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort number);
        port = number;
        return colon >= 0 && read;
    }

    private static DerResult<TransportUri> WithPort(TransportUri uri, int port) =>
        Parse($"{uri.Scheme}://{uri.Rest[..uri.Rest.LastIndexOf(':')]}:{port.ToString(CultureInfo.InvariantCulture)}");

    private static bool HasPort(string scheme) => scheme == "tcp" || (scheme.StartsWith("ofi+", StringComparison.Ordinal) && scheme != "ofi+shm");

    private static DerResult<TransportUri> Parse(string text) =>
        TransportUri.TryParse(text, out TransportUri? uri, out _) ? uri : DerCode.Invalid;
}
