namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>Finds what somebody probably meant. Pure functions.</summary>
internal static class NearestName
{
    // Longer than any key: what comes after it would only cost time.
    private const int NameMax = 64;

    /// <summary>The candidate with the fewest edits.</summary>
    internal static string Of(string given, IEnumerable<string> candidates)
    {
        string name = given.Length > NameMax ? given[..NameMax] : given;
        return candidates.OrderBy(c => Distance(name, c)).ThenBy(c => c, StringComparer.Ordinal).First();
    }

    // Levenshtein's distance, one row at a time.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(substituted, Math.Min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
