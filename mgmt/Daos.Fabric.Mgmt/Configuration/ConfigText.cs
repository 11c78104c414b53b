using System.Text;

namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>Pieces of a hostile file in a message. Pure functions.</summary>
internal static class ConfigText
{
    /// <summary>Shortened to what a line can hold, with control characters replaced.</summary>
    internal static string Quote(string text)
    {
        var quoted = new StringBuilder(Math.Min(text.Length, Limits.QuoteMax) + 3);
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, Limits.QuoteMax)))
        {
            quoted.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        }

        return text.Length > Limits.QuoteMax ? quoted.Append("...").ToString() : quoted.ToString();
    }
}
