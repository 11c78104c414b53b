namespace Daos.Fabric.Architecture.Tests;

public sealed class CodeTextTests
{
    [Theory]
    [InlineData("a(); // lock (x)", "a();")]
    [InlineData("a(); /* lock (x) */ b();", "a(); b();")]
    [InlineData("s = \"lock (x)\"; t();", "s = ; t();")]
    [InlineData("s = \"a\\\"lock (x)\"; t();", "s = ; t();")]
    [InlineData("s = @\"lock \"\" (x)\\\"; t();", "s = ; t();")]
    [InlineData("s = $\"lock {f(\"lock\")} lock\"; t();", "s = f( ) ; t();")]
    [InlineData("s = $\"{{lock}}\"; t();", "s = ; t();")]
    [InlineData("s = \"\"\"lock \" (x)\"\"\"; t();", "s = ; t();")]
    [InlineData("s = $$\"\"\"{lock} {{g()}} \"\"\"; t();", "s = g() ; t();")]
    [InlineData("c = '\"'; lock (x) { }", "c = ; lock (x) { }")]
    [InlineData("c = '\\''; lock (x) { }", "c = ; lock (x) { }")]
    public void Blank_LeavesCodeOnly(string source, string expected)
    {
        string blanked = CodeText.Blank(source);
        Assert.Equal(source.Length, blanked.Length);
        Assert.Equal(Squeeze(expected), Squeeze(blanked));
    }

    [Fact]
    public void Blank_KeepsLines() => Assert.Equal("a\n\n  b\n", CodeText.Blank("a\n\n  b\n"));

    private static string Squeeze(string text) => Regex.Replace(text, @"\s+", "");
}
