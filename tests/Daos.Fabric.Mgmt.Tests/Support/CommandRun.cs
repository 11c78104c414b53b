namespace Daos.Fabric.Mgmt.Tests.Support;

/// <summary>One command line, run in this process.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Errors)
{
    internal static async Task<CommandRun> OfAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int exitCode = await Program.RunAsync(arguments, output, errors);
        return new CommandRun(exitCode, output.ToString(), errors.ToString());
    }
}
