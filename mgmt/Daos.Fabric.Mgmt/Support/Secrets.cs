using System.Text.RegularExpressions;

namespace Daos.Fabric.Mgmt.Support;

/// <summary>Takes secrets out of texts that leave the machine. Pure functions.</summary>
internal static partial class Secrets
{
    private const string Replacement = "REMOVED";

    /// <summary>The text without private keys, passwords, tokens and keys of the fabric; everything else stays as it is.</summary>
    internal static string Remove(string text)
    {
        string without = PemPattern().Replace(text, $"-----BEGIN PRIVATE KEY----- {Replacement} -----END PRIVATE KEY-----");
        without = AssignmentPattern().Replace(without, $"$1{Replacement}");
        without = HeaderPattern().Replace(without, $"$1{Replacement}");
        return UriPattern().Replace(without, $"$1{Replacement}@");
    }

    // Also one whose end was cut off.
    [GeneratedRegex("-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|\\z)", RegexOptions.Singleline)]
    private static partial Regex PemPattern();

    // name: value, name=value, "name": "value"; the name ends in what a secret is called.
    [GeneratedRegex("""((?:password|passwd|passphrase|secret|token|credential|auth_key|api_?key|access_key)["']?[ \t]*[:= ][ \t]*)(?:"[^"\r\n]*"|'[^'\r\n]*'|[^\s,}\]"']+)""", RegexOptions.IgnoreCase)]
    private static partial Regex AssignmentPattern();

    [GeneratedRegex(@"(authorization:\s*(?:basic|bearer)\s+)\S+", RegexOptions.IgnoreCase)]
    private static partial Regex HeaderPattern();

    [GeneratedRegex(@"(\b[a-z][a-z0-9+.-]*://[^\s/:@]+:)[^\s/@]+@", RegexOptions.IgnoreCase)]
    private static partial Regex UriPattern();
}
