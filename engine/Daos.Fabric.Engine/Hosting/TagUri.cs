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

        int colon = primary.Rest.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(primary.Rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return DerCode.Invalid;
        }

        int derived = port == 0 ? 0 : port + tag;
        return derived > ushort.MaxValue
            ? DerCode.Invalid
            : Parse($"{primary.Scheme}://{primary.Rest[..colon]}:{derived.ToString(CultureInfo.InvariantCulture)}");
    }

    private static bool HasPort(string scheme) => scheme == "tcp" || (scheme.StartsWith("ofi+", StringComparison.Ordinal) && scheme != "ofi+shm");

    private static DerResult<TransportUri> Parse(string text) =>
        TransportUri.TryParse(text, out TransportUri? uri, out _) ? uri : DerCode.Invalid;
}
