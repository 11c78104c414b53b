using System.Text.RegularExpressions;

namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>Checks of single values beyond their kind: null, or the rest of the sentence that begins with the key. Pure functions.</summary>
internal static partial class KeyChecks
{
    internal static string? SystemName(string text) =>
        SystemNamePattern().IsMatch(text) ? null : "must be 1 to 15 letters, digits, '_', '-' and '.', beginning with a letter";

    internal static string? Host(string text) =>
        HostPattern().Match(text) is not { Success: true } match ? "must be HOST or HOST:PORT, the host a name or an address (IPv6 in brackets)"
        : match.Groups["port"].Success && !(int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture) is >= 1 and <= 65535) ? "must have a port from 1 to 65535"
        : null;

    internal static string? FaultPath(string text) =>
        FaultPathPattern().IsMatch(text) ? null : "must be names after slashes, such as /rack1/host3, at most 8 of them";

    internal static string? Interface(string text) =>
        InterfacePattern().IsMatch(text) ? null : "must be the name of a network interface, at most 15 characters without '/' and spaces";

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_.-]{0,14}\z")]
    private static partial Regex SystemNamePattern();

    [GeneratedRegex(@"\A(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9][A-Za-z0-9_.-]{0,252})(?::(?<port>[0-9]{1,5}))?\z")]
    private static partial Regex HostPattern();

    [GeneratedRegex(@"\A(?:/[A-Za-z0-9_.-]{1,64}){1,8}\z")]
    private static partial Regex FaultPathPattern();

    [GeneratedRegex(@"\A[^\s/]{1,15}\z")]
    private static partial Regex InterfacePattern();
}
