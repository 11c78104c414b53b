using System.Diagnostics;
using Daos.Fabric.Integration.Tests.Support;

namespace Daos.Fabric.Integration.Tests;

/// <summary>What <c>quickstart.sh</c> runs, on small trees: every byte comes back, whatever the files are called; else the exit code tells.</summary>
public sealed class QuickstartTests : IDisposable
{
    private const int ValueBytesMax = 128 * 1024;

    private readonly Scratch _scratch = new();

    private string Tree => Path.Combine(_scratch.Root, "tree");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Tree_OddNamesSizesAndLinks_ComesBack()
    {
        Write("plain.txt", 100);
        Write("empty", 0);
        Write("with space/and more .txt", 5_000);
        Write("grüße/日本語/💾", 70_000);
        Write("-dash", 1);
        Write("new\nline 'quote\" \\ $HOME *", 17);
        Write("largest value", ValueBytesMax);
        Write("smallest array", ValueBytesMax + 1);
        Write("array", 3_000_001);
        Directory.CreateDirectory(Path.Combine(Tree, "empty directory"));
        File.CreateSymbolicLink(Path.Combine(Tree, "link"), "plain.txt");
        File.CreateSymbolicLink(Path.Combine(Tree, "dangling"), "nowhere");
        Directory.CreateSymbolicLink(Path.Combine(Tree, "loop"), Tree);
        using (Process pipe = Process.Start("mkfifo", [Path.Combine(Tree, "pipe")]))
        {
            await pipe.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        ToolResult result = await RunAsync(Tree);

        Assert.True(result.ExitCode == 0, result.Errors + result.Output);
        Assert.Contains("10 files, ", result.Output, StringComparison.Ordinal);
        Assert.Contains("3 links left out", result.Output, StringComparison.Ordinal);
        Assert.Contains("every byte came back: 10 files compared by SHA-256", result.Output, StringComparison.Ordinal);
        Assert.Equal("", result.Errors);
    }

    // The comparison can fail: one byte of one stored file is another.
    [Theory]
    [InlineData(500)]
    [InlineData(ValueBytesMax + 5000)]
    public async Task OneByteSpoiled_EndsWithOneAndNamesTheFile(int lengthBytes)
    {
        Write("good", lengthBytes);
        Write("spoiled", lengthBytes);

        ToolResult result = await RunAsync(Tree, ("QUICKSTART_SPOIL", "spoiled"));

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("spoiled: its contents differ", result.Errors, StringComparison.Ordinal);
        Assert.Contains("1 mismatches", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("good:", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("every byte came back", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Directory_Missing_IsOneSentence() =>
        Fails(await RunAsync(Tree), $"the directory '{Tree}' does not exist");

    [Fact]
    public async Task Directory_IsAFile_IsOneSentence()
    {
        await File.WriteAllTextAsync(Tree, "", TestContext.Current.CancellationToken);

        Fails(await RunAsync(Tree), $"'{Tree}' is a file; name a directory");
    }

    [Fact]
    public async Task Home_HoldsAnEarlierRun_IsLeftAlone()
    {
        Write("a", 10);
        Assert.Equal(0, (await RunAsync(Tree)).ExitCode);
        string[] before = Entries();

        Fails(await RunAsync(Tree), "exists already");
        Assert.Equal(before, Entries());
    }

    [Fact]
    public async Task FileInTheTree_CannotBeRead_IsNamed()
    {
        Write("open", 10);
        string secret = Write("secret", 10);
        File.SetUnixFileMode(secret, UnixFileMode.None);

        Fails(await RunUnprivilegedAsync(), secret);
    }

    [Fact]
    public async Task DirectoryInTheTree_CannotBeRead_IsNamed()
    {
        Write("secret/inside", 10);
        string secret = Path.Combine(Tree, "secret");
        File.SetUnixFileMode(secret, UnixFileMode.None);
        try
        {
            Fails(await RunUnprivilegedAsync(), $"the directory '{secret}' cannot be read");
        }
        finally
        {
            File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static void Fails(ToolResult result, string expected)
    {
        Assert.True(result.ExitCode == 1, $"exit code {result.ExitCode}: {result.Errors}");
        Assert.StartsWith("daos_quickstart: ", result.Errors, StringComparison.Ordinal);
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
        Assert.Single(result.Errors.TrimEnd().Split('\n'));
    }

    private string[] Entries() => [.. Directory.GetFileSystemEntries(_scratch.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private Task<ToolResult> RunAsync(string tree, (string Name, string Value)? more = null)
    {
        var environment = new Dictionary<string, string> { ["QUICKSTART_HOME"] = Path.Combine(_scratch.Root, "home") };
        if (more is { } extra)
        {
            environment[extra.Name] = extra.Value;
        }

        return ToolProcess.RunAsync(ToolProcess.Quickstart, [tree], environment);
    }

    // The store's own directory is not asked for: what cannot be read is told before, or the temporary one is removed.
    private Task<ToolResult> RunUnprivilegedAsync() =>
        ToolProcess.RunAsync(
            ToolProcess.Quickstart,
            [Tree],
            new Dictionary<string, string> { ["QUICKSTART_HOME"] = "", ["TMPDIR"] = Path.GetTempPath() },
            isUnprivileged: true);

    private string Write(string name, int lengthBytes)
    {
        string path = Path.Combine(Tree, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        byte[] bytes = new byte[lengthBytes];
        new SeededRandom((ulong)lengthBytes).Fill(bytes);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
