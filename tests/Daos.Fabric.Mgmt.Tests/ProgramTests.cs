namespace Daos.Fabric.Mgmt.Tests;

/// <summary>The command line as a whole.</summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task Help_PrintsCommands_AndEndsWithZero()
    {
        var output = new StringWriter();
        Assert.Equal(ExitCode.Done, await Program.RunAsync(["--help"], output, new StringWriter()));
        Assert.Contains("version", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_ThatDoesNotExist_IsAUsageError()
    {
        var errors = new StringWriter();
        Assert.Equal(ExitCode.Usage, await Program.RunAsync(["vresion"], new StringWriter(), errors));
        Assert.Contains("'vresion'", errors.ToString(), StringComparison.Ordinal);
    }
}
