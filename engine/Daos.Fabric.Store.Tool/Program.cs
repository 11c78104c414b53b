using System.CommandLine;

namespace Daos.Fabric.Store.Tool;

/// <summary>The executable <c>dstore</c>: looks at a store that no engine has open, and says what it finds.</summary>
internal static class Program
{
    private static int Main(string[] arguments) => Run(arguments, Console.Out, Console.Error);

    /// <summary>Runs one command line. See <see cref="ExitCode"/>.</summary>
    internal static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        ParseResult parsed = CommandLine.Build(output, errors).Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
            {
                errors.WriteLine($"dstore: {error.Message}");
            }

            errors.WriteLine("dstore: 'dstore --help' shows the commands.");
            return ExitCode.Usage;
        }

        return parsed.Invoke(new InvocationConfiguration { Output = output, Error = errors });
    }
}
