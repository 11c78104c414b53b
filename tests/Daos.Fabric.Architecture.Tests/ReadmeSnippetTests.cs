namespace Daos.Fabric.Architecture.Tests;

/// <summary>C# that the front pages show is code that is built: each block stands, line by line, in a source file of the samples.</summary>
public sealed class ReadmeSnippetTests
{
    private const string Source = "client/samples/Quickstart/ReadmeSnippets.cs";

    [Theory]
    [InlineData("README.md")]
    [InlineData("client/README.md")]
    [InlineData("client/Daos.Fabric.Client/README.md")]
    [InlineData("client/Daos.Fabric.Embedded/README.md")]
    public void CSharpBlocks_StandInTheSample(string page)
    {
        string[] code = LinesOf(TextOf(Source));
        string[][] blocks = [.. BlocksOf(TextOf(page))];
        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.True(Stands(block, code), $"{page}: this block is not in {Source}:\n{string.Join('\n', block)}"));
    }

    [Fact]
    public void InlineCalls_StandInTheSample()
    {
        string call = Regex.Match(TextOf("README.md"), "`(await DaosSystem\\.ConnectAsync[^`]*)`").Groups[1].Value;
        Assert.NotEmpty(call);
        Assert.Contains(call, TextOf(Source), StringComparison.Ordinal);
    }

    [Fact]
    public void ChangedLine_IsNoticed()
    {
        string[] code = LinesOf("a();\n    b();\n    c();\n");
        Assert.True(Stands(["a();", "b();"], code));
        Assert.False(Stands(["a();", "B();"], code));
        Assert.False(Stands(["a();", "c();"], code));
        Assert.Equal([["x();", "y();"]], BlocksOf("text\n```csharp\nx();\n  y();\n```\n```sh\nz\n```\n"));
    }

    private static string TextOf(string path) => Repository.Files.Single(f => f.Path == path).Text;

    private static IEnumerable<string[]> BlocksOf(string page) =>
        Regex.Matches(page, "^```csharp\\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline).Select(m => LinesOf(m.Groups[1].Value));

    private static string[] LinesOf(string text) => [.. text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)];

    private static bool Stands(string[] block, string[] code) =>
        Enumerable.Range(0, Math.Max(0, code.Length - block.Length + 1)).Any(start => code.AsSpan(start, block.Length).SequenceEqual(block));
}
