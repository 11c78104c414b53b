using System.Reflection;

namespace Daos.Fabric.Client.Tests;

/// <summary>The public surface is a reviewed file: a change of it is a change of <c>PublicAPI.txt</c>.</summary>
public sealed class PublicApiTests
{
    private const string UpdateVariable = "DAOS_UPDATE_PUBLIC_API";

    [Fact]
    public void Surface_IsAsReviewed()
    {
        string path = Path.Combine(FindRepository(), "client", "Daos.Fabric.Client", "PublicAPI.txt");
        string[] actual = [.. Describe(typeof(DaosSystem).Assembly)];
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            File.WriteAllLines(path, actual);
        }

        string[] reviewed = File.ReadAllLines(path);
        string[] added = [.. actual.Except(reviewed)];
        string[] removed = [.. reviewed.Except(actual)];
        Assert.True(
            added.Length + removed.Length == 0,
            $"the public surface changed; run with {UpdateVariable}=1 and review the file.\nadded:\n{string.Join('\n', added)}\nremoved:\n{string.Join('\n', removed)}");
    }

    private static IEnumerable<string> Describe(Assembly assembly)
    {
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (Type type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            yield return type.FullName!;
            IEnumerable<string> members = type.GetMembers(Declared)
                .Where(m => m is not MethodBase { IsSpecialName: true, IsConstructor: false } and not Type)
                .Where(m => !m.Name.Contains('<', StringComparison.Ordinal))
                .Select(m => $"{type.FullName}: {m}")
                .Order(StringComparer.Ordinal);
            foreach (string member in members)
            {
                yield return member;
            }
        }
    }

    private static string FindRepository()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Daos.Fabric.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new DirectoryNotFoundException("the test does not run inside the repository");
    }
}
