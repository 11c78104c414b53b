namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>Lists in sentences. Pure functions.</summary>
internal static class Words
{
    internal static string Or(IReadOnlyList<string> words) => Join(words, "or");

    internal static string And(IReadOnlyList<string> words) => Join(words, "and");

    private static string Join(IReadOnlyList<string> words, string last) =>
        words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.SkipLast(1))} {last} {words[^1]}";
}
