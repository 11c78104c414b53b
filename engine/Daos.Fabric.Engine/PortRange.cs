using System.Globalization;

namespace Daos.Fabric.Engine;

/// <summary>Ports from the first to the last, both included. Any thread.</summary>
/// <param name="First">From 1 to 65535.</param>
/// <param name="Last">No less than <paramref name="First"/>.</param>
public readonly record struct PortRange(int First, int Last)
{
    /// <summary>What a range looks like, for messages.</summary>
    public const string Example = "31316-31335";

    /// <summary>How many there are.</summary>
    public int Count => Last - First + 1;

    /// <summary>Reads <c>31316</c> or <c>31316-31335</c>.</summary>
    public static bool TryParse(string text, out PortRange range)
    {
        range = default;
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        if (!TryPort(dash < 0 ? text : text[..dash], out int first) || !TryPort(dash < 0 ? text : text[(dash + 1)..], out int last) || last < first)
        {
            return false;
        }

        range = new PortRange(first, last);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    private static bool TryPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue;
}
