using System.CommandLine;

namespace Daos.Fabric.Mgmt.Commands;

/// <summary>All commands and their help.</summary>
internal static class CommandTree
{
    private const string About =
        "The control plane of one host: formats its storage, starts its engines and watches them. "
        + "Exit codes: 0 done, 1 could not be done, 2 wrong command line, 3 wrong configuration.";

    internal static RootCommand Build(TextWriter output, TextWriter errors)
    {
        var options = new GlobalOptions(output, errors);
        return new RootCommand(About)
        {
            options.Json,
            options.ConfigPath,
            StartCommand.Build(options, errors),
            ConfigCommands.Build(options),
            StorageCommands.Build(options),
            NetworkCommand.Build(options),
            MsCommand.Build(options),
            SupportCommand.Build(options),
            VersionCommand.Build(options),
        };
    }
}
