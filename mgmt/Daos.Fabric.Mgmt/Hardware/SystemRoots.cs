namespace Daos.Fabric.Mgmt.Hardware;

/// <summary>Where the kernel shows itself; tests give others. Immutable.</summary>
internal sealed record SystemRoots(string Sys = "/sys", string Dev = "/dev", string Proc = "/proc")
{
    private const int TextMax = 4096;

    /// <summary>The trimmed text of a small file of the kernel; null when it cannot be read.</summary>
    internal static string? Text(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            var buffer = new char[TextMax];
            int length = reader.ReadBlock(buffer);
            return new string(buffer, 0, length).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A number of the kernel; null when there is none.</summary>
    internal static long? Number(string path) =>
        long.TryParse(Text(path), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>The lines of a file of the kernel; none when it cannot be read.</summary>
    internal static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Names in a directory of the kernel in order; none when it cannot be read.</summary>
    internal static string[] Names(string path)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(path).Select(static p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
