namespace Daos.Fabric.Architecture.Tests;

/// <summary>Every rule finds a violation that is planted, and leaves alone what only looks like one.</summary>
public sealed class PlantedViolationTests
{
    private const string Store = "engine/Daos.Fabric.Store/Io/Plan.cs";

    [Theory]
    [InlineData("engine/Daos.Fabric.Store/Daos.Fabric.Store.csproj", "Daos.Fabric.Rpc", false)]
    [InlineData("engine/Daos.Fabric.Store/Daos.Fabric.Store.csproj", "Daos.Fabric.Reactor", true)]
    [InlineData("client/Daos.Fabric.Client/Daos.Fabric.Client.csproj", "Daos.Fabric.Engine", false)]
    [InlineData("client/Daos.Fabric.Client/Daos.Fabric.Client.csproj", "Daos.Fabric.Transport.Sockets", true)]
    [InlineData("engine/Daos.Fabric.Engine/Daos.Fabric.Engine.csproj", "Daos.Fabric.Client", false)]
    [InlineData("engine/Daos.Fabric.Engine/Daos.Fabric.Engine.csproj", "Daos.Fabric.Transport.Sockets", false)]
    [InlineData("engine/Daos.Fabric.Engine.Host/Daos.Fabric.Engine.Host.csproj", "Daos.Fabric.Transport.Sockets", true)]
    [InlineData("client/Daos.Fabric.Embedded/Daos.Fabric.Embedded.csproj", "Daos.Fabric.Engine", true)]
    [InlineData("transport/Daos.Fabric.Core/Daos.Fabric.Core.csproj", "Daos.Fabric.Reactor", false)]
    [InlineData("transport/Daos.Fabric.Reactor/Daos.Fabric.Reactor.csproj", "Daos.Fabric.TestKit", false)]
    [InlineData("bench/Daos.Fabric.Bench/Daos.Fabric.Bench.csproj", "Daos.Fabric.TestKit", false)]
    [InlineData("bench/Daos.Fabric.Bench/Daos.Fabric.Bench.csproj", "Daos.Fabric.Store", true)]
    [InlineData("tests/Daos.Fabric.Store.Tests/Daos.Fabric.Store.Tests.csproj", "Daos.Fabric.TestKit", true)]
    [InlineData("tests/Daos.Fabric.Store.Tests/Daos.Fabric.Store.Tests.csproj", "Daos.Fabric.Rpc.Tests", false)]
    [InlineData("engine/Daos.Fabric.New/Daos.Fabric.New.csproj", "Daos.Fabric.Core", false)]
    public void ProjectReferences(string path, string reference, bool allowed)
    {
        string text = $"<Project Sdk=\"Microsoft.NET.Sdk\"><ItemGroup><ProjectReference Include=\"..\\{reference}\\{reference}.csproj\" /></ItemGroup></Project>";
        Assert.Equal(allowed ? 0 : 1, ProjectReferenceRule.Find([new SourceFile(path, text)]).Count());
    }

    [Theory]
    [InlineData("<PackageReference Include=\"YamlDotNet\" />", 1)]
    [InlineData("<PackageReference Include=\"Microsoft.Extensions.Logging.Abstractions\" />", 0)]
    [InlineData("<FrameworkReference Include=\"Microsoft.AspNetCore.App\" />", 1)]
    public void LibraryPackages(string item, int expected)
    {
        string text = $"<Project Sdk=\"Microsoft.NET.Sdk\"><ItemGroup>{item}</ItemGroup></Project>";
        Assert.Equal(expected, ProjectReferenceRule.Find([new SourceFile("client/Daos.Fabric.Client/Daos.Fabric.Client.csproj", text)]).Count());
    }

    [Theory]
    [InlineData(Store, "lock (_gate) { }", 1)]
    [InlineData(Store, "Monitor.Enter(_gate);", 1)]
    [InlineData(Store, "private readonly Lock _gate = new Lock();", 1)]
    [InlineData(Store, "private readonly ManualResetEventSlim _event;", 1)]
    [InlineData(Store, "// lock (_gate)", 0)]
    [InlineData(Store, "Block(1); Unlock(2); s = \"lock (x)\";", 0)]
    [InlineData("engine/Daos.Fabric.Store/Io/Plan.Lifecycle.cs", "lock (_gate) { }", 0)]
    [InlineData("bench/Daos.Fabric.Bench/Report.cs", "lock (_gate) { }", 0)]
    [InlineData("client/Daos.Fabric.Client/Objects/DaosObject.cs", "lock (_gate) { }", 1)]
    [InlineData("transport/Daos.Fabric.Transport.Sockets/Tcp.cs", "lock (_gate) { }", 1)]
    public void Locks(string path, string code, int expected) => Assert.Equal(expected, CodeRules.Locks([new SourceFile(path, code)]).Count());

    [Theory]
    [InlineData("private async void Run() { }", 1)]
    [InlineData("task.Wait();", 1)]
    [InlineData("    ~Thing() { }", 1)]
    [InlineData("x = ~y;", 0)]
    [InlineData("private async ValueTask Run() { }", 0)]
    public void Blocking(string code, int expected) => Assert.Equal(expected, CodeRules.Blocking([new SourceFile(Store, code)]).Count());

    [Theory]
    [InlineData(Store, "[LibraryImport(\"libc\")]", 1)]
    [InlineData(Store, "[DllImport(\"libc\")]", 1)]
    [InlineData(Store, "private delegate* unmanaged<int, int> _call;", 1)]
    [InlineData("transport/Daos.Fabric.Reactor/Native/Uring.cs", "[LibraryImport(\"libc\")]", 0)]
    public void NativeCalls(string path, string code, int expected) =>
        Assert.Equal(expected, CodeRules.NativeCalls([new SourceFile(path, code)]).Count());

    [Theory]
    [InlineData(Store, "[ThreadStatic] private static int t_x;", 1)]
    [InlineData(Store, "private readonly ThreadLocal<int> _x;", 1)]
    [InlineData(Store, "private readonly AsyncLocal<int> _x;", 1)]
    [InlineData("transport/Daos.Fabric.Core/Threading/OwnerThread.cs", "[ThreadStatic]", 0)]
    public void AmbientState(string path, string code, int expected) =>
        Assert.Equal(expected, CodeRules.AmbientState([new SourceFile(path, code)]).Count());

    [Theory]
    [InlineData(Store, "namespace Daos.Fabric.Store.Io;", 0)]
    [InlineData(Store, "namespace Daos.Fabric.Store;", 1)]
    [InlineData(Store, "class Plan;", 1)]
    [InlineData("engine/Daos.Fabric.Store/GlobalUsings.cs", "global using System;", 0)]
    [InlineData("engine/Nowhere/Thing.cs", "namespace Nowhere;", 1)]
    public void Namespaces(string path, string code, int expected)
    {
        SourceFile[] projects = [new("engine/Daos.Fabric.Store/Daos.Fabric.Store.csproj", "")];
        Assert.Equal(expected, CodeRules.Namespaces([new SourceFile(path, code)], projects).Count());
    }

    [Theory]
    [InlineData("see /wo|rk/main", 1)]
    [InlineData("written with Cla|ude", 1)]
    [InlineData("as DESI|GN.md says", 1)]
    [InlineData("network/ and /homework/x", 0)]
    public void Workplace(string text, int expected) =>
        Assert.Equal(expected, ProseRules.Workplace([new SourceFile("README.md", text.Replace("|", "", StringComparison.Ordinal))]).Count());

    [Fact]
    public void EmDashes()
    {
        Assert.Single(ProseRules.EmDashes([new SourceFile("README.md", "one \u2014 two")]));
        Assert.Empty(ProseRules.EmDashes([new SourceFile("README.md", "one - two")]));
    }

    [Theory]
    [InlineData("see [wire](WIRE.md)", 0)]
    [InlineData("see [wire](GONE.md)", 1)]
    [InlineData("see [site](https://somewhere) and [part](#part)", 0)]
    [InlineData("`transport/WIRE.md` and `bench/run.sh path`", 0)]
    [InlineData("`engine/Gone/Plan.cs`", 1)]
    public void DeadLinks(string text, int expected) =>
        Assert.Equal(expected, ProseRules.DeadLinks([new SourceFile("transport/README.md", text)], path => path == "transport/WIRE.md").Count());

    [Theory]
    [InlineData("engine/Daos.Fabric.Store/Daos.Fabric.Store.csproj", "engine/Daos.Fabric.Store/README.md", 0)]
    [InlineData("engine/Daos.Fabric.Store/Daos.Fabric.Store.csproj", "engine/README.md", 1)]
    [InlineData("client/samples/Quickstart/Quickstart.csproj", "client/samples/README.md", 0)]
    [InlineData("client/samples/Quickstart/Quickstart.csproj", "README.md", 1)]
    [InlineData("tests/Daos.Fabric.TestKit/Daos.Fabric.TestKit.csproj", "tests/README.md", 0)]
    public void MissingPages(string project, string page, int expected) =>
        Assert.Equal(expected, ProseRules.MissingPages([new SourceFile(project, "")], [new SourceFile(page, "")]).Count());

    [Theory]
    [InlineData("// TO|DO: later", 1)]
    [InlineData("// TO|DO(#12): later", 0)]
    [InlineData("#re|gion Fields", 1)]
    public void Leftovers(string text, int expected) =>
        Assert.Equal(expected, ProseRules.Leftovers([new SourceFile(Store, text.Replace("|", "", StringComparison.Ordinal))]).Count());

    [Theory]
    [InlineData("NuGet.config", "<packageSources>", 1)]
    [InlineData("a/packages.lock.json", "\"http://somewhere/\"", 1)]
    [InlineData("a/packages.lock.json", "\"contentHash\": \"x\"", 0)]
    public void Registries(string path, string text, int expected) => Assert.Equal(expected, ProseRules.Registries([new SourceFile(path, text)]).Count());

    [Theory]
    [InlineData("<summary>Gets or sets the size.</summary>", 1)]
    [InlineData("<summary>Constructor.</summary>", 1)]
    [InlineData("<summary>Initializes a new instance of the type.</summary>", 1)]
    [InlineData("<summary> </summary>", 1)]
    [InlineData("<summary>Idle count.</summary>", 1)]
    [InlineData("<remarks>Only this.</remarks>", 1)]
    [InlineData("<summary>Buffers in the pool now.</summary><param name=\"x\"></param>", 1)]
    [InlineData("<summary>Buffers in the pool now.</summary>", 0)]
    [InlineData("<inheritdoc/>", 0)]
    [InlineData("<param name=\"x\">Size of each buffer in bytes.</param>", 0)]
    public void Documentation(string content, int expected)
    {
        var document = XDocument.Parse($"<doc><members><member name=\"P:Daos.Fabric.Core.Pool.IdleCount\">{content}</member></members></doc>");
        Assert.Equal(expected, DocumentationRule.Find("Core", document).Count());
    }
}
