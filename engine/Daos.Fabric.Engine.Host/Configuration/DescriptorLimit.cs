using System.Globalization;

namespace Daos.Fabric.Engine.Host.Configuration;

/// <summary>How many file descriptors the system allows this process.</summary>
internal static class DescriptorLimit
{
    private const string File = "/proc/self/limits";
    private const string Row = "Max open files";

    /// <summary>How many; null on systems that do not tell.</summary>
    internal static int? Allowed { get; } = Read();

    /// <summary>
    /// What is wrong with it, in one sentence, or null. Looked at before anything else: without descriptors the runtime cannot even load what
    /// it needs to say so.
    /// </summary>
    internal static string? Problem => Allowed < Limits.DescriptorsMin
        ? $"only {Allowed} file descriptors are allowed and at least {Limits.DescriptorsMin} are needed; raise 'ulimit -n'."
        : null;

    private static int? Read()
    {
        try
        {
            return Parse(System.IO.File.ReadAllText(File));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The hard limit, up to which the runtime raises the soft one; null when the text does not say a number.</summary>
    internal static int? Parse(string limits)
    {
        int start = limits.IndexOf(Row, StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        string line = limits[(start + Row.Length)..].Split('\n')[0];
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length >= 2 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int hard) ? hard : null;
    }
}
