using System.CommandLine;
using System.CommandLine.Parsing;
using Daos.Fabric.Mgmt.Commands;

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
            foreach (ParseError error in parsed.Errors)
            {
                await errors.WriteLineAsync($"daos_server: {error.Message}").ConfigureAwait(false);
            }

            await errors.WriteLineAsync("daos_server: 'daos_server --help' shows the commands.").ConfigureAwait(false);
            return ExitCode.Usage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors }).ConfigureAwait(false);
    }
}
