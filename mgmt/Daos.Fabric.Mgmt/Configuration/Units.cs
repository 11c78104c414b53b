namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>Sizes and times as people write them. Pure functions.</summary>
internal static class Units
{
    internal const long GiB = 1L << 30;

    private static readonly (string Name, long Bytes)[] s_sizes = [("TiB", 1L << 40), ("GiB", GiB), ("MiB", 1L << 20), ("KiB", 1L << 10)];
    private static readonly (string Name, long Seconds)[] s_times = [("h", 3600), ("m", 60), ("s", 1)];

    /// <summary>Bytes; a number without unit counts GiB. False with what is wrong otherwise.</summary>
    internal static bool TryParseSize(string text, out long bytes, out string problem) =>
        TryParse(text, s_sizes, GiB, "KiB, MiB, GiB or TiB, or none for GiB", out bytes, out problem);

    /// <summary>Seconds. False with what is wrong otherwise.</summary>
    internal static bool TryParseDuration(string text, out long seconds, out string problem) =>
        TryParse(text, s_times, 1, "s, m or h, or none for seconds", out seconds, out problem);

    /// <summary>In the largest unit that loses nothing.</summary>
    internal static string FormatSize(long bytes) => Format(bytes, s_sizes, "B");

    /// <summary>In the largest unit that loses nothing.</summary>
    internal static string FormatDuration(long seconds) => Format(seconds, s_times, "s");

    /// <summary>For people: one digit after the point.</summary>
    internal static string About(long bytes)
    {
        foreach ((string name, long unit) in s_sizes)
        {
            if (bytes >= unit)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / unit:0.#} {name}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
    }

    private static bool TryParse(string text, (string Name, long Value)[] units, long bare, string allowed, out long value, out string problem)
    {
        int digits = text.TakeWhile(char.IsAsciiDigit).Count();
        string unit = text[digits..].Trim();
        long scale = unit.Length == 0 ? bare : units.FirstOrDefault(u => u.Name == unit).Value;
        value = 0;
        problem = digits == 0 ? "is no whole number" : scale == 0 ? $"has the unit '{ConfigText.Quote(unit)}'; allowed are {allowed}" : "is too large";
        if (digits == 0 || scale == 0 || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || number > long.MaxValue / scale)
        {
            return false;
        }

        value = number * scale;
        return true;
    }

    private static string Format(long value, (string Name, long Value)[] units, string smallest)
    {
        foreach ((string name, long unit) in units)
        {
            if (value != 0 && value % unit == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{value / unit}{name}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value}{smallest}");
    }
}
