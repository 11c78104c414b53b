namespace Daos.Fabric.Architecture.Tests.Support;

/// <summary>The files of the repository that these tests judge.</summary>
internal static class Repository
{
    private static readonly string[] s_textEndings =
        [".cs", ".csproj", ".props", ".targets", ".json", ".md", ".sh", ".py", ".c", ".txt", ".yml", ".yaml", ".sln", ".editorconfig", ".gitignore"];

    private static readonly string[] s_skippedFolders = ["bin", "obj", "artifacts", ".git", "TestResults", "__pycache__"];

    public static string Root { get; } = FindRoot();

    /// <summary>Every text file, ordered by path.</summary>
    public static IReadOnlyList<SourceFile> Files { get; } = Read(Root).OrderBy(f => f.Path, StringComparer.Ordinal).ToArray();

    /// <summary>C# of the product: everything but tests.</summary>
    public static IEnumerable<SourceFile> ProductCode =>
        Files.Where(f => f.Path.EndsWith(".cs", StringComparison.Ordinal) && !f.Path.StartsWith("tests/", StringComparison.Ordinal));

    public static IEnumerable<SourceFile> Code => Files.Where(f => f.Path.EndsWith(".cs", StringComparison.Ordinal));

    public static IEnumerable<SourceFile> Projects => Files.Where(f => f.Path.EndsWith(".csproj", StringComparison.Ordinal));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(Environment.GetEnvironmentVariable("DAOS_REPOSITORY") ?? AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Daos.Fabric.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"no Daos.Fabric.sln above {AppContext.BaseDirectory}");
    }

    private static IEnumerable<SourceFile> Read(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder))
        {
            string name = Path.GetFileName(path);
            if (s_textEndings.Any(e => name.EndsWith(e, StringComparison.Ordinal)) || name is "LICENSE" or "NOTICE" or "run")
            {
                yield return new SourceFile(Path.GetRelativePath(Root, path).Replace('\\', '/'), File.ReadAllText(path));
            }
        }

        foreach (string child in Directory.EnumerateDirectories(folder))
        {
            if (!s_skippedFolders.Contains(Path.GetFileName(child)))
            {
                foreach (SourceFile file in Read(child))
                {
                    yield return file;
                }
            }
        }
    }
}
