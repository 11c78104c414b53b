using System.CommandLine;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Configuration;

namespace Daos.Fabric.Mgmt.Commands;

/// <summary>Options that every command has, and what follows from them.</summary>
internal sealed class GlobalOptions(TextWriter output, TextWriter errors)
{
    internal Option<bool> Json { get; } = new("--json", "-j") { Description = "answer as one JSON document {response, error, status}", Recursive = true };

    internal Option<string> ConfigPath { get; } = new("--config-path", "-o")
    {
        Description = "the configuration file",
        DefaultValueFactory = static _ => ConfigFile.StandardPath,
        Recursive = true,
    };

    internal CommandOutput Output(ParseResult parsed) => new(output, errors, parsed.GetValue(Json));

    /// <summary>The configuration; null after every problem was told, with how to end.</summary>
    internal ServerConfig? Load(ParseResult parsed, IReadOnlyList<ConfigOverride> overrides, out int exitCode)
    {
        CommandOutput told = Output(parsed);
        ConfigFile? file = ConfigFile.Load(parsed.GetValue(ConfigPath)!, overrides, out string? problem);
        exitCode = ExitCode.Configuration;
        if (file is null)
        {
            told.Fail(DerCode.Nonexist, problem!, ExitCode.Configuration);
            return null;
        }

        string[] lines = [.. file.Problems.Lines(file.Path)];
        if (file.Config is null)
        {
            told.Fail(DerCode.Invalid, lines, ExitCode.Configuration);
            return null;
        }

        Array.ForEach(lines, told.Warn);
        exitCode = ExitCode.Done;
        return file.Config;
    }
}
