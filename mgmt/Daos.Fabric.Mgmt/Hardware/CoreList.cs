namespace Daos.Fabric.Mgmt.Hardware;

/// <summary>Lists of cores as the kernel writes them, such as <c>0-3,8</c>. Pure functions.</summary>
internal static class CoreList
{
    /// <summary>The cores in order; what cannot be read is left out.</summary>
    internal static IEnumerable<int> Parse(string text)
    {
        foreach (string part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-');
            if (int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last) && last - first is >= 0 and <= Limits.CoreMax)
            {
                for (int core = first; core <= last; core++)
                {
                    yield return core;
                }
            }
        }
    }
}
