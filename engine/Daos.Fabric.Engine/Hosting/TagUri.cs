using System.Globalization;

namespace Daos.Fabric.Engine.Hosting;

/// <summary>Derives the address on which an xstream listens from the engine's primary address. Pure functions.</summary>
public static class TagUri
{
    /// <summary>
    /// The address of a tag: <c>tcp</c> adds the tag to the port (0 stays 0), every other scheme appends "." and the tag. Tag 0 has the
    /// primary address itself. DER_INVAL for a tcp address without a port, or a port beyond 65535.
    /// </summary>
    public static DerResult<TransportUri> Derive(TransportUri primary, int tag)
    {
        if (tag == 0)
        {
            return primary;
        }

        if (primary.Scheme != "tcp")
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
            : Parse($"tcp://{primary.Rest[..colon]}:{derived.ToString(CultureInfo.InvariantCulture)}");
    }

    private static DerResult<TransportUri> Parse(string text) =>
        TransportUri.TryParse(text, out TransportUri? uri, out _) ? uri : DerCode.Invalid;
}
