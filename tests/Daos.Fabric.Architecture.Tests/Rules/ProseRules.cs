namespace Daos.Fabric.Architecture.Tests.Rules;

/// <summary>Rules about words, over every text file.</summary>
internal static partial class ProseRules
{
    // Written in pieces, so that this file does not break its own rule.
    private static readonly Regex s_workplace = new(
        string.Join('|', "(?<![\\w/])/wo" + "rk/", "/tmp/" + "plan", "/ro" + "ot/", "cla" + "ude", "anthro" + "pic", "sub-?" + "agent", "\\bLL" + "M\\b",
            "(DESI" + "GN|CONTRA" + "CTS|PE" + "ERS|RELIABI" + "LITY|US" + "ERS)\\.md"),
        RegexOptions.IgnoreCase);

    private static readonly Regex s_emDash = new("\u2014");

    /// <summary>No path or word of the place where the code was written.</summary>
    public static IEnumerable<string> Workplace(IEnumerable<SourceFile> files) => files.SelectMany(f => f.FindText(s_workplace));

    /// <summary>Plain punctuation.</summary>
    public static IEnumerable<string> EmDashes(IEnumerable<SourceFile> files) => files.SelectMany(f => f.FindText(s_emDash));

    /// <summary>Work left to do names its issue; nothing is switched off by a comment; code has no regions.</summary>
    public static IEnumerable<string> Leftovers(IEnumerable<SourceFile> files) => files.SelectMany(f => f.FindText(LeftoverPattern()));

    /// <summary>Nothing committed names a registry: sources are the machine's own configuration.</summary>
    public static IEnumerable<string> Registries(IEnumerable<SourceFile> files) =>
        files.Where(f => f.Name.EndsWith(".lock.json", StringComparison.Ordinal) || f.Name.Equals("nuget.config", StringComparison.OrdinalIgnoreCase)
                || f.Name.EndsWith(".csproj", StringComparison.Ordinal) || f.Name.EndsWith(".props", StringComparison.Ordinal))
            .SelectMany(f => f.FindText(RegistryPattern()));

    /// <summary>Links between documents, and folders and files that they name in back quotes from the root, exist.</summary>
    public static IEnumerable<string> DeadLinks(IEnumerable<SourceFile> files, Func<string, bool> exists)
    {
        foreach (SourceFile file in files.Where(f => f.Name.EndsWith(".md", StringComparison.Ordinal)))
        {
            string folder = file.Path[..(file.Path.LastIndexOf('/') + 1)];
            foreach (Match link in LinkPattern().Matches(file.Text))
            {
                string target = link.Groups[1].Success ? folder + link.Groups[1].Value : link.Groups[2].Value;
                if (!exists(target))
                {
                    yield return $"{file.Path}: {target} does not exist";
                }
            }
        }
    }

    /// <summary>A project of the product has a page of its own, a sample a page in its folder or the one above.</summary>
    public static IEnumerable<string> MissingPages(IEnumerable<SourceFile> projects, IEnumerable<SourceFile> files)
    {
        var pages = files.Where(f => f.Name == "README.md").Select(f => FolderOf(f.Path)).ToHashSet();
        foreach (SourceFile project in projects.Where(p => !p.Path.StartsWith("tests/", StringComparison.Ordinal)))
        {
            string folder = FolderOf(project.Path);
            bool isSample = folder.StartsWith("client/samples/", StringComparison.Ordinal);
            if (!pages.Contains(folder) && !(isSample && pages.Contains(FolderOf(folder))))
            {
                yield return $"{folder}: has no README.md";
            }
        }
    }

    private static string FolderOf(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    [GeneratedRegex(@"\]\((?!https?:|#)([^)#]+)[^)]*\)|`((?:transport|engine|client|bench|tests|eng)/[\w./-]+)`")]
    private static partial Regex LinkPattern();

    [GeneratedRegex(@"^\s*//\s*TODO(?!\(#\d+\))|^\s*#region\b|^\s*//\s*(FIXME|HACK)\b")]
    private static partial Regex LeftoverPattern();

    [GeneratedRegex(@"https?://|RestoreSources|packageSources", RegexOptions.IgnoreCase)]
    private static partial Regex RegistryPattern();
}
