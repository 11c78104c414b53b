using System.Diagnostics;

namespace Daos.Fabric.Architecture.Tests;

/// <summary>The scripts that others rely on: their own tests pass, and wrong use is answered with one sentence.</summary>
public sealed class ScriptTests
{
    [Theory]
    [InlineData("eng")]
    [InlineData("bench/peers")]
    public void PythonTests_Pass(string folder)
    {
        var (code, output) = Run("python3", ["-m", "unittest", "discover", "-s", Path.Combine(Repository.Root, folder)]);
        Assert.True(code == 0, output);
        Assert.DoesNotContain("Ran 0 tests", output);
    }

    [Theory]
    [InlineData("test.sh", "--help", 0, "--id")]
    [InlineData("test.sh", "--nonsense", 2, "unknown argument '--nonsense'")]
    [InlineData("quickstart.sh", "--help", 0, "QUICKSTART_HOME")]
    [InlineData("quickstart.sh", "--cluster", 2, "--cluster is not available yet")]
    [InlineData("quickstart.sh", "--nonsense", 2, "unknown argument '--nonsense'")]
    [InlineData("quickstart.sh", "/nowhere/at/all", 1, "'/nowhere/at/all' is not a directory")]
    [InlineData("bench/peers/run.sh", "--list", 0, "path-kv-durable")]
    [InlineData("bench/peers/run.sh", "nonsense", 2, "unknown id 'nonsense'")]
    public void Script_AnswersWithItsDocumentedCode(string script, string argument, int expected, string sentence)
    {
        var (code, output) = Run(Path.Combine(Repository.Root, script), [argument]);
        Assert.True(code == expected, $"exit {code}: {output}");
        Assert.Contains(sentence, output);
    }

    [Fact]
    public void Scripts_AreExecutable()
    {
        string[] scripts = ["test.sh", "quickstart.sh", ".ci/run", "bench/peers/run.sh"];
        foreach (string script in scripts)
        {
            var (code, _) = Run("test", ["-x", Path.Combine(Repository.Root, script)]);
            Assert.True(code == 0, script);
        }
    }

    private static (int Code, string Output) Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
