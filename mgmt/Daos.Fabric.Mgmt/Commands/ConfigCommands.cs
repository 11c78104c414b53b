using System.CommandLine;
using System.Text.Json.Nodes;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Configuration;

namespace Daos.Fabric.Mgmt.Commands;

/// <summary><c>daos_server config</c>: generate, check, show.</summary>
internal static class ConfigCommands
{
    internal static Command Build(GlobalOptions options) => new("config", "The configuration file")
    {
        ConfigGenerateCommand.Build(options),
        Check(options),
        Show(options),
    };

    private static Command Check(GlobalOptions options)
    {
        var command = new Command("check", "Read the configuration and tell everything that is wrong with it");
        command.SetAction(parsed =>
        {
            CommandOutput output = options.Output(parsed);
            ConfigFile? file = ConfigFile.Load(parsed.GetValue(options.ConfigPath)!, [], out string? problem);
            if (file is null)
            {
                return output.Fail(DerCode.Nonexist, problem!, ExitCode.Configuration);
            }

            JsonObject response = Problems(file);
            string[] lines = [.. file.Problems.Lines(file.Path)];
            return file.Problems.HasErrors
                ? output.Fail(DerCode.Invalid, lines, ExitCode.Configuration, response)
                : output.Done(response, people =>
                {
                    Array.ForEach(lines, people.WriteLine);
                    people.WriteLine($"{file.Path} is good: {Describe(file.Config!)}");
                });
        });
        return command;
    }

    private static Command Show(GlobalOptions options)
    {
        var command = new Command("show", "Print every key with the value that counts and where it comes from");
        command.SetAction(parsed =>
        {
            CommandOutput output = options.Output(parsed);
            ConfigFile? file = ConfigFile.Load(parsed.GetValue(options.ConfigPath)!, [], out string? problem);
            if (file?.Values is null || file.Problems.HasErrors)
            {
                return file is null
                    ? output.Fail(DerCode.Nonexist, problem!, ExitCode.Configuration)
                    : output.Fail(DerCode.Invalid, [.. file.Problems.Lines(file.Path)], ExitCode.Configuration);
            }

            EffectiveValue[] values = [.. EffectiveValues.Of(file)];
            return output.Done(EffectiveValues.ToJson(values), people => EffectiveValues.Print(values, people));
        });
        return command;
    }

    private static JsonObject Problems(ConfigFile file) => new()
    {
        ["file"] = file.Path,
        ["problems"] = new JsonArray([.. file.Problems.All.Select(static p => new JsonObject
        {
            ["line"] = p.Line,
            ["column"] = p.Column,
            ["severity"] = p.IsError ? "error" : "warning",
            ["message"] = p.Sentence,
        })]),
    };

    private static string Describe(ServerConfig config) => config.Engines.Count == 0
        ? "no engines yet; 'daos_server config generate' writes some"
        : string.Create(CultureInfo.InvariantCulture, $"system {config.Name}, {config.Engines.Count} engines with {config.Engines.Sum(e => e.Targets)} targets");
}
