using System.CommandLine;
using System.Text.Json.Nodes;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Control;
using Daos.Fabric.Mgmt.Hardware;
using Daos.Fabric.Mgmt.Storage;
using Daos.Fabric.Mgmt.Support;

namespace Daos.Fabric.Mgmt.Commands;

/// <summary><c>daos_server support collect-log</c>.</summary>
internal static class SupportCommand
{
    internal static Command Build(GlobalOptions options)
    {
        var target = new Option<string?>("--target-folder", "-t") { Description = "folder of the archive; without it the folder for temporary files" };
        var command = new Command("collect-log", "Put configuration, logs, superblocks and what the machine says of itself into one archive, without secrets") { target };
        command.SetAction(async (parsed, cancellation) =>
        {
            CommandOutput output = options.Output(parsed);
            string path = parsed.GetValue(options.ConfigPath)!;
            ConfigFile? file = ConfigFile.Load(path, [], out string? problem);
            if (file is null)
            {
                return output.Fail(DerCode.Nonexist, problem!, ExitCode.Configuration);
            }

            string? state = null;
            if (file.Config is not null)
            {
                using var client = new ControlClient(file.Config);
                (JsonNode? answer, string? silent) = await client.StatusAsync(cancellation).ConfigureAwait(false);
                state = answer?.ToJsonString() ?? silent;
            }

            string folder = parsed.GetValue(target) ?? Path.GetTempPath();
            string archive = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"daos_server-{Environment.MachineName}-{DateTime.UtcNow:yyyyMMdd'T'HHmmss'Z'}.tar.gz"));
            try
            {
                IReadOnlyList<string> entries = await new SupportArchive(file, new SystemRoots(), state).WriteAsync(archive, cancellation).ConfigureAwait(false);
                return await TransferAsync(file.Config, archive, entries, output, cancellation).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return output.Fail(DerCode.NoPerm, $"the archive {archive} cannot be written: {exception.Message}; give another --target-folder");
            }
        });
        return new Command("support", "For whoever helps") { command };
    }

    private static async Task<int> TransferAsync(ServerConfig? config, string archive, IReadOnlyList<string> entries, CommandOutput output, CancellationToken cancellation)
    {
        string program = config?.TransferProgram ?? "";
        string? problem = program.Length > 0 ? await new CommandRunner().RunAsync(program, [archive], cancellation).ConfigureAwait(false) : null;
        var response = new JsonObject { ["archive"] = archive, ["files"] = new JsonArray([.. entries.Select(static e => JsonValue.Create(e))]) };
        return problem is not null
            ? output.Fail(DerCode.Misc, $"the archive {archive} is written, and could not be sent: {problem}", ExitCode.Failed, response)
            : output.Done(response, people => people.WriteLine($"{archive}: {entries.Count} files{(program.Length > 0 ? $", sent by {program}" : "")}"));
    }
}
