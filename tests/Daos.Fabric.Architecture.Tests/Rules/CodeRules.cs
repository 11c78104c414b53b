namespace Daos.Fabric.Architecture.Tests.Rules;

/// <summary>Source scans over code with comments and strings blanked. Each gives one line per violation.</summary>
internal static partial class CodeRules
{
    /// <summary>Owner threads never wait for each other: locks only where a file's name says start-up and shutdown.</summary>
    public static IEnumerable<string> Locks(IEnumerable<SourceFile> files) =>
        files.Where(f => DataPath.Contains(f) && !f.Name.EndsWith(".Lifecycle.cs", StringComparison.Ordinal))
            .SelectMany(f => f.FindCode(LockPattern()));

    /// <summary>Nothing on the data path blocks a thread on a task, escapes its awaiter or runs on the finalizer thread.</summary>
    public static IEnumerable<string> Blocking(IEnumerable<SourceFile> files) =>
        files.Where(f => DataPath.Contains(f) && !f.Name.EndsWith(".Lifecycle.cs", StringComparison.Ordinal))
            .SelectMany(f => f.FindCode(BlockingPattern()));

    /// <summary>Calls into native libraries stand in Native folders.</summary>
    public static IEnumerable<string> NativeCalls(IEnumerable<SourceFile> files) =>
        files.Where(f => !f.Path.Contains("/Native/", StringComparison.Ordinal)).SelectMany(f => f.FindCode(NativePattern()));

    /// <summary>The only ambient value is OwnerThread.Current.</summary>
    public static IEnumerable<string> AmbientState(IEnumerable<SourceFile> files) =>
        files.Where(f => f.Path != "transport/Daos.Fabric.Core/Threading/OwnerThread.cs").SelectMany(f => f.FindCode(AmbientPattern()));

    /// <summary>A namespace is its folder's path below the project; only entry points (of programs and of start-up hooks) and usings have none.</summary>
    public static IEnumerable<string> Namespaces(IEnumerable<SourceFile> files, IEnumerable<SourceFile> projects)
    {
        var roots = projects.ToDictionary(p => p.Path[..(p.Path.LastIndexOf('/') + 1)], RootNamespaceOf);
        foreach (SourceFile file in files)
        {
            string? root = roots.Keys.Where(r => file.Path.StartsWith(r, StringComparison.Ordinal)).MaxBy(r => r.Length);
            if (root is null)
            {
                yield return $"{file.Path}: belongs to no project";
                continue;
            }

            string folder = file.Path[root.Length..].Replace(file.Name, "", StringComparison.Ordinal).TrimEnd('/').Replace('/', '.');
            string expected = folder.Length == 0 ? roots[root] : $"{roots[root]}.{folder}";
            Match found = NamespacePattern().Match(file.Code);
            if (!found.Success && file.Name is not ("Program.cs" or "GlobalUsings.cs" or "AssemblyInfo.cs" or "StartupHook.cs"))
            {
                yield return $"{file.Path}: has no namespace";
            }
            else if (found.Success && found.Groups[1].Value != expected)
            {
                yield return $"{file.Path}: namespace {found.Groups[1].Value} should be {expected}";
            }
        }
    }

    private static string RootNamespaceOf(SourceFile project)
    {
        string name = project.Name[..^".csproj".Length];
        return project.Path.StartsWith("client/samples/", StringComparison.Ordinal) ? "Daos.Fabric.Samples." + name : name;
    }

    [GeneratedRegex(@"\block\s*\(|\bMonitor\s*\.|\bnew\s+Lock\s*\(|\bThreading\.Lock\b|\bManualResetEvent(Slim)?\b|\bAutoResetEvent\b")]
    private static partial Regex LockPattern();

    [GeneratedRegex(@"\basync\s+void\b|\.Wait\s*\(\s*\)|^\s*~\w+\s*\(\s*\)")]
    private static partial Regex BlockingPattern();

    [GeneratedRegex(@"\[\s*(DllImport|LibraryImport)\b|\bNativeLibrary\s*\.|\bdelegate\s*\*\s*unmanaged\b")]
    private static partial Regex NativePattern();

    [GeneratedRegex(@"\[\s*ThreadStatic\b|\bThreadLocal\s*<|\bAsyncLocal\s*<")]
    private static partial Regex AmbientPattern();

    [GeneratedRegex(@"^\s*namespace\s+([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespacePattern();
}
