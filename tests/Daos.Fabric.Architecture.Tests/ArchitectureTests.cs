namespace Daos.Fabric.Architecture.Tests;

/// <summary>The rules, applied to the repository as it stands.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void ProjectReferences_GoDown() => None(ProjectReferenceRule.Find(Repository.Projects));

    [Fact]
    public void DataPath_TakesNoLocks() => None(CodeRules.Locks(Repository.ProductCode));

    [Fact]
    public void DataPath_DoesNotBlock() => None(CodeRules.Blocking(Repository.ProductCode));

    [Fact]
    public void NativeCalls_StandInNativeFolders() => None(CodeRules.NativeCalls(Repository.ProductCode));

    [Fact]
    public void AmbientState_IsTheOwnerThreadOnly() => None(CodeRules.AmbientState(Repository.ProductCode));

    [Fact]
    public void Namespaces_AreFolders() => None(CodeRules.Namespaces(Repository.Code, Repository.Projects));

    [Fact]
    public void Files_DoNotNameTheWorkplace() => None(ProseRules.Workplace(Repository.Files));

    [Fact]
    public void Prose_HasNoEmDash() => None(ProseRules.EmDashes(Repository.Files));

    [Fact]
    public void Documents_LinkToWhatExists() => None(ProseRules.DeadLinks(Repository.Files, path => Path.Exists(Path.Combine(Repository.Root, path))));

    [Fact]
    public void EveryProject_HasAPage() => None(ProseRules.MissingPages(Repository.Projects, Repository.Files));

    [Fact]
    public void Code_HasNoLeftovers() => None(ProseRules.Leftovers(Repository.Code));

    [Fact]
    public void CommittedFiles_NameNoRegistry() => None(ProseRules.Registries(Repository.Files));

    [Fact]
    public void Solution_ContainsEveryProject()
    {
        string solution = Repository.Files.Single(f => f.Path == "Daos.Fabric.sln").Text.Replace('\\', '/');
        None(Repository.Projects.Select(p => p.Path).Where(path => !solution.Contains(path, StringComparison.Ordinal)));
    }

    [Fact]
    public void Solution_BuildsEveryProjectInBothConfigurations()
    {
        string solution = Repository.Files.Single(f => f.Path == "Daos.Fabric.sln").Text;
        int projects = Repository.Projects.Count();
        Assert.Equal(projects, Regex.Count(solution, @"\.Checked\|Any CPU\.Build\.0 = Checked\|Any CPU"));
        Assert.Equal(projects, Regex.Count(solution, @"\.Release\|Any CPU\.Build\.0 = Release\|Any CPU"));
    }

    [Fact]
    public void EveryProject_HasALockFile()
    {
        var locked = Repository.Files.Where(f => f.Name == "packages.lock.json").Select(f => f.Path[..f.Path.LastIndexOf('/')]).ToHashSet();
        None(Repository.Projects.Select(p => p.Path[..p.Path.LastIndexOf('/')]).Where(folder => !locked.Contains(folder)));
    }

    [Fact]
    public void DataPath_HasTheBannedSymbolsAnalyzer()
    {
        var folders = Repository.Projects.Where(p => DataPath.Projects.Contains(p.Name[..^".csproj".Length]))
            .Select(p => p.Path[..p.Path.LastIndexOf('/')]).ToArray();
        Assert.NotEmpty(folders);
        None(folders.Where(f => !Repository.Files.Single(l => l.Path == f + "/packages.lock.json").Text.Contains("BannedApiAnalyzers")));
    }

    [Fact]
    public void PublicMembers_AreReallyDocumented()
    {
        var problems = new List<string>();
        foreach (string project in DocumentationRule.Projects)
        {
            string path = Path.Combine(AppContext.BaseDirectory, project + ".xml");
            Assert.True(File.Exists(path), $"{path} is missing: the project writes no documentation file");
            problems.AddRange(DocumentationRule.Find(project, XDocument.Load(path)));
        }

        None(problems);
    }

    [Fact]
    public void MissingDocumentation_IsAnErrorWhereItIsRequired()
    {
        SourceFile props = Repository.Files.Single(f => f.Path == "Directory.Build.props");
        foreach (string project in DocumentationRule.Projects)
        {
            Assert.Contains($";{project["Daos.Fabric.".Length..]};", DocumentedList(props.Text));
        }
    }

    private static string DocumentedList(string props) => Regex.Match(props, @"<DocumentedProjects>(.*)</DocumentedProjects>").Groups[1].Value;

    private static void None(IEnumerable<string> violations)
    {
        string text = string.Join('\n', violations);
        Assert.True(text.Length == 0, text);
    }
}
