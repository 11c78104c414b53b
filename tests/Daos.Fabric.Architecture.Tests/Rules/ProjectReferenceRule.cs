namespace Daos.Fabric.Architecture.Tests.Rules;

/// <summary>References go down only; client and engine meet in Embedded only; a library a user adds needs the base framework only.</summary>
internal static partial class ProjectReferenceRule
{
    private const string Prefix = "Daos.Fabric.";

    private static readonly string[] s_transport = ["Core", "Reactor", "Transport"];

    // What each project may see, without the prefix. A project that is not listed has no place in the house yet.
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Core"] = [],
        ["Reactor"] = ["Core"],
        ["Transport"] = ["Core", "Reactor"],
        ["Transport.Sockets"] = s_transport,
        ["Transport.SharedMemory"] = s_transport,
        ["Transport.Ofi"] = s_transport,
        ["Rpc"] = s_transport,
        ["Protocol"] = [.. s_transport, "Rpc"],
        ["Xstreams"] = ["Core", "Reactor"],
        ["Store"] = ["Core", "Reactor"],
        ["Store.Tool"] = ["Core", "Reactor", "Store"],
        ["Metadata"] = ["Core", "Reactor", "Store"],
        ["Metadata.Etcd"] = ["Core", "Metadata"],
        ["Engine"] = [.. s_transport, "Rpc", "Protocol", "Xstreams", "Store", "Metadata"],
        ["Engine.Host"] = [.. s_transport, "Rpc", "Protocol", "Xstreams", "Store", "Metadata", "Engine", "Transport.*"],
        ["Client"] = [.. s_transport, "Rpc", "Protocol", "Transport.Sockets"],
        ["Embedded"] = [.. s_transport, "Rpc", "Protocol", "Xstreams", "Store", "Metadata", "Engine", "Client", "Transport.*"],
        ["Extensions"] = ["Core", "Client", "Embedded"],
        ["Testing"] = ["Core", "Client", "Embedded"],
        ["FileSystem"] = ["Core", "Client"],
        ["Mount"] = ["Core", "Client", "FileSystem", "Transport.*"],
        ["Mgmt.Contracts"] = [],
        ["Mgmt"] = ["Core", "Reactor", "Transport", "Rpc", "Protocol", "Metadata", "Metadata.Etcd", "Mgmt.Contracts", "Transport.*"],
        ["Agent"] = ["Core", "Mgmt.Contracts"],
        ["Cli.Admin"] = ["Core", "Mgmt.Contracts"],
        ["Cli.User"] = ["Core", "Client", "FileSystem", "Mgmt.Contracts", "Transport.*"],
    };

    // Libraries that a user's application loads: they bring no package but abstractions.
    private static readonly string[] s_libraries =
    [
        "Core", "Reactor", "Transport", "Transport.Sockets", "Transport.SharedMemory", "Transport.Ofi", "Rpc", "Protocol", "Xstreams",
        "Store", "Metadata", "Engine", "Client", "Embedded", "Extensions", "Testing", "FileSystem", "Mgmt.Contracts",
    ];

    public static IEnumerable<string> Find(IEnumerable<SourceFile> projects) => projects.SelectMany(FindIn);

    private static IEnumerable<string> FindIn(SourceFile file)
    {
        XElement project = XDocument.Parse(file.Text).Root!;
        string name = file.Name[..^".csproj".Length];
        foreach (string reference in References(project))
        {
            if (!MaySee(file, name, reference))
            {
                yield return $"{file.Path}: may not reference {reference}";
            }
        }

        if (!s_libraries.Contains(Short(name)))
        {
            yield break;
        }

        foreach (string package in Includes(project, "PackageReference").Where(p => !AbstractionsPattern().IsMatch(p)))
        {
            yield return $"{file.Path}: a library may not bring the package {package}";
        }

        if (Includes(project, "FrameworkReference").Any() || (string?)project.Attribute("Sdk") != "Microsoft.NET.Sdk")
        {
            yield return $"{file.Path}: a library needs no framework but Microsoft.NETCore.App";
        }
    }

    private static bool MaySee(SourceFile file, string name, string reference)
    {
        // Tests and benchmarks see everything below them, but nothing of the product sees them.
        bool isTest = reference.EndsWith(".Tests", StringComparison.Ordinal) || reference.EndsWith(".TestKit", StringComparison.Ordinal);
        if (file.Path.StartsWith("tests/", StringComparison.Ordinal))
        {
            return !reference.EndsWith(".Tests", StringComparison.Ordinal);
        }

        if (file.Path.StartsWith("bench/", StringComparison.Ordinal) || file.Path.StartsWith("client/samples/", StringComparison.Ordinal))
        {
            return !isTest && !reference.EndsWith(".Host", StringComparison.Ordinal);
        }

        return s_allowed.TryGetValue(Short(name), out string[]? allowed) && allowed.Any(a => Matches(a, Short(reference)));
    }

    private static bool Matches(string allowed, string reference) =>
        allowed.EndsWith('*') ? reference.StartsWith(allowed[..^1], StringComparison.Ordinal) : allowed == reference;

    private static string Short(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;

    private static IEnumerable<string> References(XElement project) =>
        Includes(project, "ProjectReference").Select(p => Path.GetFileNameWithoutExtension(p.Replace('\\', '/')));

    private static IEnumerable<string> Includes(XElement project, string item) =>
        project.Descendants(item).Select(e => (string?)e.Attribute("Include")).OfType<string>();

    [GeneratedRegex(@"^Microsoft\.Extensions\..*Abstractions$")]
    private static partial Regex AbstractionsPattern();
}
