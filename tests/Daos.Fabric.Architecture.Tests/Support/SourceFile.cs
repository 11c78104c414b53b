namespace Daos.Fabric.Architecture.Tests.Support;

/// <summary>A file of the repository: its path from the root with forward slashes, and its text.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    /// <summary>The same text with comments and the contents of strings blanked; lines keep their numbers.</summary>
    public string Code { get; } = Path.EndsWith(".cs", StringComparison.Ordinal) ? CodeText.Blank(Text) : Text;

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The project's folder name for files of the usual layout, such as Daos.Fabric.Core.</summary>
    public string Project => Path.Split('/').FirstOrDefault(p => p.StartsWith("Daos.Fabric.", StringComparison.Ordinal)) ?? "";

    /// <summary>Where the pattern occurs in code, as "path:line: text".</summary>
    public IEnumerable<string> FindCode(Regex pattern) => Find(pattern, Code);

    /// <summary>Where the pattern occurs anywhere in the file.</summary>
    public IEnumerable<string> FindText(Regex pattern) => Find(pattern, Text);

    private IEnumerable<string> Find(Regex pattern, string searched)
    {
        string[] original = Text.Split('\n');
        string[] lines = searched.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (pattern.IsMatch(lines[i]))
            {
                yield return $"{Path}:{i + 1}: {original[i].Trim()}";
            }
        }
    }
}
