namespace Daos.Fabric.Bench.Options;

/// <summary>
/// Sizes and times as fio writes them: <c>4k</c>, <c>1m</c>, <c>2g</c> and <c>4KiB</c> are powers of two; <c>10</c>, <c>10s</c>,
/// <c>500ms</c>, <c>2m</c> are times, seconds by default. Any thread.
/// </summary>
internal static class Units
{
    private static readonly (string Suffix, long Factor)[] s_sizes =
    [
        ("kib", 1L << 10), ("mib", 1L << 20), ("gib", 1L << 30), ("tib", 1L << 40),
        ("k", 1L << 10), ("m", 1L << 20), ("g", 1L << 30), ("t", 1L << 40), ("b", 1), ("", 1),
    ];

    private static readonly (string Suffix, double Seconds)[] s_times =
    [
        ("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400), ("", 1),
    ];

    /// <summary>Reads a size in bytes.</summary>
    internal static long ParseSize(string option, string text)
    {
        string lower = text.Trim().ToLowerInvariant();
        foreach ((string suffix, long factor) in s_sizes)
        {
            if (lower.EndsWith(suffix, StringComparison.Ordinal)
                && long.TryParse(lower.AsSpan(0, lower.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                if (number > long.MaxValue / factor)
                {
                    throw new OptionException($"{option}={text}: the size is larger than 8 EiB");
                }

                return number * factor;
            }
        }

        throw new OptionException($"{option}={text}: not a size; write 4096, 4k, 1m or 2g (powers of two)");
    }

    /// <summary>Reads a time in nanoseconds.</summary>
    internal static long ParseTimeNs(string option, string text)
    {
        string lower = text.Trim().ToLowerInvariant();
        foreach ((string suffix, double seconds) in s_times)
        {
            if (lower.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(lower.AsSpan(0, lower.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                && number * seconds < 1e9)
            {
                return (long)Math.Round(number * seconds * 1e9);
            }
        }

        throw new OptionException($"{option}={text}: not a time; write 10, 10s, 500ms or 2m");
    }

    /// <summary>Bytes with a binary unit: <c>7.5MiB</c>.</summary>
    internal static string Binary(double bytes) => Scale(bytes, 1024, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);

    /// <summary>Bytes with a decimal unit: <c>7864kB</c>.</summary>
    internal static string Decimal(double bytes) => Scale(bytes, 1000, 1000, ["B", "kB", "MB", "GB", "TB"]);

    /// <summary>A count with fio's suffixes: <c>123k</c>.</summary>
    internal static string Count(double number) => Scale(number, 1000, 10_000, ["", "k", "M", "G"]);

    private static string Scale(double number, double step, double from, string[] units)
    {
        int unit = 0;
        while (number >= (unit == 0 ? from : step) && unit + 1 < units.Length)
        {
            number /= step;
            unit++;
        }

        string format = number >= 100 ? "0" : number >= 10 ? "0.#" : "0.##";
        return number.ToString(format, CultureInfo.InvariantCulture) + units[unit];
    }
}
