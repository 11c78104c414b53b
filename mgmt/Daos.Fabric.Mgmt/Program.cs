using System.CommandLine;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Commands;
using Daos.Fabric.Mgmt.Configuration;

namespace Daos.Fabric.Mgmt;

/// <summary>The executable <c>daos_server</c>: the control plane of one host.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments) => RunAsync(arguments, Console.Out, Console.Error);

    /// <summary>Runs one command line. See <see cref="ExitCode"/>.</summary>
    internal static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        ParseResult parsed = CommandTree.Build(output, errors).Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            string[] sentences = [.. parsed.Errors.Select(static e => e.Message), .. Suggestions(parsed), "'daos_server --help' shows the commands."];
            return new CommandOutput(output, errors, arguments.Any(static a => a is "-j" or "--json")).Fail(DerCode.Invalid, sentences, ExitCode.Usage);
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors, ProcessTerminationTimeout = null }).ConfigureAwait(false);
    }

    private static IEnumerable<string> Suggestions(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string[] known = [.. command.Subcommands.Select(static c => c.Name), .. command.Options.Select(static o => o.Name), "--json", "--config-path"];
        return parsed.UnmatchedTokens.Take(1).Select(token => $"did you mean '{NearestName.Of(token, known)}'?");
    }
}
